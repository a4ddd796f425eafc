import type { ConfigPath } from './check-written.ts';
import { listWords } from './list-words.ts';
import { alternativesOf, type SchemaNode } from './schema-node.ts';

/** What a user wrote, as a message words it. */
export function describeFound(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (typeof value === 'string') return value === '' ? 'an empty text' : `the text "${cut(value)}"`;
  return typeof value === 'number' ? `the number ${value}` : JSON.stringify(value);
}

/** What a schema takes, as a message words it. */
export function describeExpected(schemas: readonly SchemaNode[]): string {
  const kinds = schemas.flatMap(alternativesOf);
  const isPlainText = kinds.some(({ type }) => type === 'string') && kinds.some(({ type }) => type === 'number');
  const words = kinds
    .filter(({ type }) => !isPlainText || (type !== 'number' && type !== 'boolean'))
    .flatMap(describeKind);
  return listWords([...new Set(words)], 'or');
}

function describeKind({ type, options }: SchemaNode): readonly string[] {
  switch (type) {
    case 'array':
      return ['a list'];
    case 'strict_object':
    case 'record':
      return ['a mapping'];
    case 'boolean':
      return ['true or false'];
    case 'number':
      return ['a number'];
    case 'picklist':
      return (options ?? []).flatMap((option) => (typeof option === 'string' ? [`"${option}"`] : []));
    default:
      return ['a text'];
  }
}

function cut(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 40 ? `${line.slice(0, 39)}…` : line;
}

/** A place as a message words it: `"image"`, `entry 2 of "platforms"`, `"http" in entry 1 of "tests"`. */
export function nameOf(path: ConfigPath): string {
  const last = path.at(-1);
  if (last === undefined) return 'the file';
  if (typeof last === 'number') return `entry ${last + 1} of ${nameOf(path.slice(0, -1))}`;
  return typeof path.at(-2) === 'number' ? `"${last}" in ${nameOf(path.slice(0, -1))}` : `"${last}"`;
}
