import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { renderJsonSchema } from '../../../scripts/json-schema.mjs';
import { updateKeyTables } from '../../../scripts/key-tables.mjs';
import { parseConfig } from '../../../src/config/parse-config.ts';
import { alternativesOf, noteOf, type SchemaNode } from '../../../src/config/schema-node.ts';
import { writtenConfigSchema } from '../../../src/config/written-config.ts';

const root = join(import.meta.dirname, '../../..');
const schemaFile = join(root, 'schema/polyarch.schema.json');
const docsFile = join(root, 'docs/config.md');

const rendered = renderJsonSchema(writtenConfigSchema);
const jsonSchema: unknown = JSON.parse(rendered);

if (process.env['UPDATE_GOLDENS'] === '1') {
  mkdirSync(join(root, 'schema'), { recursive: true });
  writeFileSync(schemaFile, rendered);
  writeFileSync(docsFile, updateKeyTables(readFileSync(docsFile, 'utf8'), jsonSchema));
}

interface FoundKey {
  readonly path: readonly string[];
  readonly schema: SchemaNode;
}

function keysBelow(schema: SchemaNode, path: readonly string[]): readonly FoundKey[] {
  return alternativesOf(schema).flatMap((node) => {
    const own = Object.entries(node.entries ?? {}).map(([key, inner]) => ({ path: [...path, key], schema: inner }));
    const inner = [node.item, node.value].flatMap((below) => (below === undefined ? [] : [below]));
    return [
      ...own,
      ...own.flatMap((key) => keysBelow(key.schema, key.path)),
      ...inner.flatMap((below) => keysBelow(below, path)),
    ];
  });
}

const keys = keysBelow(writtenConfigSchema, []);
const docs = readFileSync(docsFile, 'utf8');
const examples = [...docs.matchAll(/^( *)```yaml\n([\s\S]*?)^ *```/gm)].map(([, indent = '', text = '']) =>
  text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
);

describe('the schema', () => {
  test('the committed JSON Schema is what the config is checked by', () => {
    expect(readFileSync(schemaFile, 'utf8')).toBe(rendered);
  });

  test('every key has a description and an example that its schema takes', () => {
    const wrong = keys.filter(({ schema }) => {
      const note = noteOf(schema);
      const accepted = alternativesOf(schema).some((one) => isAccepted(one, note?.examples?.[0]));
      return note === undefined || note.description === '' || note.examples === undefined || !accepted;
    });

    expect(wrong.map(({ path }) => path.join('.'))).toEqual([]);
    expect(keys.length).toBeGreaterThan(100);
  });

  test('the JSON Schema has a description for every key', () => {
    const properties = [...rendered.matchAll(/"properties": \{/g)];

    expect(properties.length).toBeGreaterThan(10);
    expect(rendered.match(/"description"/g)?.length).toBeGreaterThanOrEqual(keys.length);
  });
});

describe('docs/config.md', () => {
  test('has the tables of the present keys', () => {
    expect(docs).toBe(updateKeyTables(docs, jsonSchema));
  });

  test('names every key in a table', () => {
    const missing = keys.filter(({ path }) => !docs.includes(`\n| \`${path.at(-1) ?? ''}\` | `));

    expect(missing.map(({ path }) => path.join('.'))).toEqual([]);
  });

  test.each(examples)('example %# is a good config', (text) => {
    expect(parseConfig(text, { file: 'docs/config.md', folderName: 'app' }).images.length).toBeGreaterThan(0);
  });

  test('has examples', () => {
    expect(examples.length).toBeGreaterThan(3);
  });
});

function isAccepted(schema: SchemaNode, value: unknown): boolean {
  return isSchema(schema) && v.safeParse(schema, value).success;
}

function isSchema(node: object): node is v.GenericSchema {
  return '~run' in node;
}
