import { didYouMean, nearest } from '../errors/nearest.ts';
import type { ConfigPath } from './check-written.ts';
import { describeExpected, describeFound, nameOf } from './describe-value.ts';
import { formatExample } from './format-example.ts';
import { alternativesOf, noteOf, type SchemaNode, schemasBelow } from './schema-node.ts';

/** A problem before its place in the file is looked up. */
export interface UnplacedProblem {
  readonly path: ConfigPath;
  readonly at: 'key' | 'value';
  readonly text: string;
  /** What is allowed or how it may look, shown below the source line. */
  readonly allowed?: string;
}

/** Every key of a value that is unknown or missing, and every value of another kind than its schema takes. */
export function checkShape(value: unknown, root: SchemaNode): readonly UnplacedProblem[] {
  if (!isMapping(value)) {
    return [
      {
        path: [],
        at: 'value',
        text: `the file holds ${describeFound(value)}, expected keys such as "image: ghcr.io/acme/app"`,
      },
    ];
  }
  return shapeOf({ value, path: [], schemas: [root] }, root);
}

interface Spot {
  readonly value: unknown;
  readonly path: ConfigPath;
  readonly schemas: readonly SchemaNode[];
}

function shapeOf(spot: Spot, root: SchemaNode): readonly UnplacedProblem[] {
  const { value, path, schemas } = spot;
  const kinds = schemas.flatMap(alternativesOf);
  if (Array.isArray(value)) {
    if (!kinds.some(({ item }) => item !== undefined)) return [wrongKind(spot)];
    return value.flatMap((item, position) => shapeOf(below(spot, position, item), root));
  }
  if (isMapping(value)) {
    const mapping = kinds.find(({ entries, value: values }) => entries !== undefined || values !== undefined);
    if (mapping === undefined) return [wrongKind(spot)];
    const inner = Object.entries(value).filter(([name]) => isKnown(mapping, name));
    return [
      ...Object.keys(value).flatMap((name) =>
        isKnown(mapping, name) ? [] : [unknownKey([...path, name], mapping, root)],
      ),
      ...missingKeys(spot, mapping, value),
      ...inner.flatMap(([name, item]) => shapeOf(below(spot, name, item), root)),
    ];
  }
  return kinds.some((kind) => takesScalar(kind, value)) ? [] : [wrongKind(spot)];
}

function below({ path, schemas }: Spot, step: string | number, value: unknown): Spot {
  return { value, path: [...path, step], schemas: schemas.flatMap((schema) => schemasBelow(schema, step)) };
}

function isKnown({ entries }: SchemaNode, name: string): boolean {
  return entries === undefined || Object.hasOwn(entries, name);
}

function takesScalar({ type, options }: SchemaNode, value: unknown): boolean {
  return type === 'picklist' ? (options ?? []).some((option) => option === value) : type === typeof value;
}

function wrongKind({ value, path, schemas }: Spot): UnplacedProblem {
  const texts = schemas
    .flatMap(alternativesOf)
    .flatMap(({ type, options }) => (type === 'picklist' ? (options ?? []) : []));
  const meant =
    typeof value === 'string'
      ? didYouMean(
          value,
          texts.filter((text) => typeof text === 'string'),
        )
      : '';
  const text = `${nameOf(path)} is ${describeFound(value)}, expected ${describeExpected(schemas)}${meant}`;
  return { path, at: 'value', text, ...exampleOf(path, schemas) };
}

function exampleOf(path: ConfigPath, schemas: readonly SchemaNode[]): Pick<UnplacedProblem, 'allowed'> {
  const key = path.at(-1);
  const examples = schemas.flatMap((schema) => noteOf(schema)?.examples ?? []);
  if (typeof key !== 'string' || examples.length === 0) return {};
  return { allowed: `for example: ${formatExample(key, examples[0])}` };
}

function missingKeys({ path }: Spot, { entries = {} }: SchemaNode, value: object): readonly UnplacedProblem[] {
  return Object.entries(entries)
    .filter(([name, schema]) => schema.wrapped === undefined && !Object.hasOwn(value, name))
    .map(([name, schema]) => ({
      path,
      at: 'value',
      text: `${nameOf(path)} has no "${name}"`,
      ...exampleOf([...path, name], [schema]),
    }));
}

function unknownKey(path: ConfigPath, { entries = {} }: SchemaNode, root: SchemaNode): UnplacedProblem {
  const name = String(path.at(-1));
  const keys = Object.keys(entries).sort();
  const parent = path.length === 1 ? '' : ` in ${nameOf(path.slice(0, -1))}`;
  const meant = nearest(name, keys);
  const home = meant === undefined ? homeOf(name, root) : undefined;
  const belongs = home === undefined ? '' : `; it belongs in ${home}`;
  const text = `unknown key "${name}"${parent}${meant === undefined ? belongs : `; did you mean "${meant}"`}`;
  return { path, at: 'key', text, allowed: `allowed here: ${keys.join(', ')}` };
}

/** Where in the config a key of this name stands, as a message words it. */
function homeOf(name: string, root: SchemaNode): string | undefined {
  const homes = mappingsOf(root, '').filter(({ node }) => Object.hasOwn(node.entries ?? {}, name));
  const [home] = homes;
  if (home === undefined) return undefined;
  return home.path === '' ? 'the root of the file' : `"${home.path}"`;
}

function mappingsOf(schema: SchemaNode, path: string): readonly { readonly path: string; readonly node: SchemaNode }[] {
  return alternativesOf(schema).flatMap((node) => {
    const children = [
      ...Object.entries(node.entries ?? {}).map(
        ([name, child]) => [`${path}${path === '' ? '' : '.'}${name}`, child] as const,
      ),
      ...[node.item, node.value].flatMap((child) => (child === undefined ? [] : [[path, child] as const])),
    ];
    return [{ path, node }, ...children.flatMap(([name, child]) => mappingsOf(child, name))];
  });
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
