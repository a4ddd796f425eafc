import { type Alias, isAlias, isMap, isNode, isScalar, isSeq, type Node, type Pair, type Scalar } from 'yaml';
import type { ConfigPath } from './check-written.ts';
import { type SchemaNode, schemasBelow, takesPlainText } from './schema-node.ts';

const maxValues = 100_000;
const maxDepth = 64;
/** Names that JavaScript gives a meaning; valibot would leave such keys out without a word. */
const propertyNames = new Set(['__proto__', 'prototype', 'constructor']);

/** Offsets in the text. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export interface RangedProblem {
  readonly text: string;
  readonly range: Range;
}

type Mapping = Readonly<Record<string, unknown>>;

/** Where a value stands and what it may be. */
interface Spot {
  readonly path: ConfigPath;
  readonly schemas: readonly SchemaNode[];
}

/** Converts the nodes of one document to plain values, and remembers where they stand. */
export class YamlReader {
  readonly problems: RangedProblem[] = [];
  readonly #ranges = new Map<string, Range>();
  readonly #anchors = new Map<string, Node>();
  readonly #open = new Set<Node>();
  #valueCount = 0;

  read(root: unknown, schema: SchemaNode): unknown {
    return this.#value(root, { path: [], schemas: [schema] });
  }

  /** The place of a key or a value; that of the nearest one above where there is none. */
  rangeOf(path: ConfigPath, at: 'key' | 'value'): Range {
    const own = this.#ranges.get(rangeName(path, at));
    if (own !== undefined) return own;
    if (at === 'value') return this.rangeOf(path, 'key');
    return path.length === 0 ? { start: 0, end: 0 } : this.rangeOf(path.slice(0, -1), 'key');
  }

  #value(node: unknown, spot: Spot): unknown {
    if (!isNode(node) || !this.#mayEnter(node, spot)) return undefined;
    if (isAlias(node)) return this.#alias(node, spot);
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    if (!isScalar(node) || node.value !== null || node.source !== '') this.#remember(node, spot.path, 'value');
    this.#open.add(node);
    const value = this.#content(node, spot);
    this.#open.delete(node);
    return value;
  }

  #content(node: Exclude<Node, Alias>, spot: Spot): unknown {
    if (isMap(node)) return this.#map(node.items, spot);
    if (isSeq(node)) return node.items.map((item, position) => this.#value(item, below(spot, position)));
    return isScalar(node) ? scalarValue(node, takesPlainText(spot.schemas)) : undefined;
  }

  /** Stops a file that grows without end by aliases of aliases ("billion laughs"), and one that nests without end. */
  #mayEnter(node: Node, { path }: Spot): boolean {
    this.#valueCount += 1;
    if (this.#valueCount === maxValues + 1)
      this.#tell(`the aliases make more than ${maxValues} values of this file`, node);
    if (path.length > maxDepth) this.#tell(`values nest more than ${maxDepth} deep`, node);
    return this.#valueCount <= maxValues && path.length <= maxDepth;
  }

  #alias(alias: Alias, spot: Spot): unknown {
    const target = this.#anchors.get(alias.source);
    if (target === undefined)
      this.#tell(`the alias "*${alias.source}" stands for nothing: no "&${alias.source}" comes before it`, alias);
    else if (this.#open.has(target)) this.#tell(`the alias "*${alias.source}" contains itself`, alias);
    else return this.#value(target, spot);
    return undefined;
  }

  #map(items: readonly Pair[], spot: Spot): Mapping {
    const own = new Map<string, unknown>();
    const merged: Mapping[] = [];
    for (const pair of items) {
      const key = this.#key(pair);
      if (key === '<<') {
        merged.push(...this.#mergedMaps(pair, spot));
      } else if (spot.path.length === 0 && key?.startsWith('x-') === true) {
        // The user's own key: read for the anchors in it.
        this.#value(pair.value, { path: [key], schemas: [] });
      } else if (key !== undefined) {
        this.#take({ key, pair, own }, spot);
      }
    }
    return Object.fromEntries([...merged.reverse().flatMap((map) => Object.entries(map)), ...own]);
  }

  #take({ key, pair, own }: { key: string; pair: Pair; own: Map<string, unknown> }, spot: Spot): void {
    const inner = below(spot, key);
    if (propertyNames.has(key)) this.#tell(`a key cannot be called "${key}"`, pair.key);
    if (own.has(key)) this.#tell(`the key "${key}" stands here twice`, pair.key);
    this.#remember(pair.key, inner.path, 'key');
    own.set(key, this.#value(pair.value, inner) ?? null);
  }

  #key(pair: Pair): string | undefined {
    const { key } = pair;
    if (isScalar(key) && key.value !== null) return typeof key.value === 'string' ? key.value : (key.source ?? '');
    this.#tell('a key is no text, expected one', isNode(key) ? key : pair.value);
    return undefined;
  }

  /** https://yaml.org/type/merge.html */
  #mergedMaps(pair: Pair, spot: Spot): readonly Mapping[] {
    const value = this.#value(pair.value, spot);
    const maps: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (maps.every(isMapping)) return maps;
    this.#tell('"<<" takes a mapping or a list of mappings', pair.key);
    return [];
  }

  #remember(node: unknown, path: ConfigPath, at: 'key' | 'value'): void {
    const range = rangeOfNode(node);
    if (range !== undefined) this.#ranges.set(rangeName(path, at), range);
  }

  #tell(text: string, node: unknown): void {
    this.problems.push({ text, range: rangeOfNode(node) ?? { start: 0, end: 0 } });
  }
}

function below({ path, schemas }: Spot, step: string | number): Spot {
  return { path: [...path, step], schemas: schemas.flatMap((schema) => schemasBelow(schema, step)) };
}

function scalarValue(node: Scalar, asText: boolean): unknown {
  const isWrittenPlainly = typeof node.value === 'number' || typeof node.value === 'boolean';
  return asText && isWrittenPlainly ? (node.source ?? String(node.value)) : node.value;
}

function rangeOfNode(node: unknown): Range | undefined {
  if (!isNode(node) || node.range === undefined || node.range === null) return undefined;
  return { start: node.range[0], end: node.range[1] };
}

function rangeName(path: ConfigPath, at: 'key' | 'value'): string {
  return `${at} ${JSON.stringify(path)}`;
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
