import type { KeyNote } from './written-value.ts';

/** What of a valibot schema is looked at to convert values, to word messages and to write documentation. */
export interface SchemaNode {
  readonly type: string;
  readonly entries?: Readonly<Record<string, SchemaNode>>;
  /** Of an array. */
  readonly item?: SchemaNode;
  /** Of a record. */
  readonly value?: SchemaNode;
  /** Schemas of a union, texts of a picklist. */
  readonly options?: readonly (SchemaNode | string)[];
  /** Of an optional key. */
  readonly wrapped?: SchemaNode;
  readonly pipe?: readonly object[];
}

/** The schemas that a value may follow, with optional keys and unions opened. */
export function alternativesOf(schema: SchemaNode): readonly SchemaNode[] {
  if (schema.wrapped !== undefined) return alternativesOf(schema.wrapped);
  if (schema.type !== 'union') return [schema];
  return schemasOf(schema.options ?? []).flatMap(alternativesOf);
}

/** The schemas of the value at one key or position below a value. */
export function schemasBelow(schema: SchemaNode, step: string | number): readonly SchemaNode[] {
  return alternativesOf(schema).flatMap((alternative) => {
    const own = Object.hasOwn(alternative.entries ?? {}, step) ? alternative.entries?.[step] : undefined;
    const below = typeof step === 'number' ? alternative.item : (own ?? alternative.value);
    return below === undefined ? [] : [below];
  });
}

/** Whether a scalar here is taken as the text that is written, whatever it looks like. */
export function takesPlainText(schemas: readonly SchemaNode[]): boolean {
  const types = new Set(schemas.flatMap(alternativesOf).map(({ type }) => type));
  return types.has('string') && types.has('number');
}

/** What is told about a key. */
export function noteOf(schema: SchemaNode): KeyNote | undefined {
  const items = (schema.wrapped ?? schema).pipe ?? [];
  return items.map(metadataOf).findLast((note) => note !== undefined);
}

function metadataOf(item: object): KeyNote | undefined {
  if (!('type' in item) || item.type !== 'metadata' || !('metadata' in item)) return undefined;
  return isNote(item.metadata) ? item.metadata : undefined;
}

function isNote(value: unknown): value is KeyNote {
  return typeof value === 'object' && value !== null && 'description' in value;
}

function schemasOf(options: readonly (SchemaNode | string)[]): readonly SchemaNode[] {
  return options.filter((option) => typeof option !== 'string');
}
