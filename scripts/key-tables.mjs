// The tables of docs/config.md, out of the JSON Schema of polyarch.yaml: one table for each mapping.
import { stringify } from 'yaml';

const begin = '<!-- keys: written by scripts/write-schema.mjs -->';
const end = '<!-- end of keys -->';

/** A document with its tables of keys brought up to date. */
export function updateKeyTables(markdown, jsonSchema) {
  const from = markdown.indexOf(begin) + begin.length;
  const to = markdown.indexOf(end);
  if (from < begin.length || to < from) throw new Error(`The document has no place for keys: ${begin} ... ${end}`);
  return `${markdown.slice(0, from)}\n\n${renderKeyTables(jsonSchema)}\n${markdown.slice(to)}`;
}

function renderKeyTables(jsonSchema) {
  const inherited = new Set(Object.keys(jsonSchema.properties));
  return mappingsOf(jsonSchema, '')
    .map(({ path, schema }) => {
      // An image below `images` has the keys of the root; they are told once.
      if (path === 'images.NAME') {
        const keys = Object.keys(schema.properties).filter((key) => !inherited.has(key));
        if (keys.length > 0) throw new Error(`images.NAME has keys that the root lacks: ${keys.join(', ')}`);
        return undefined;
      }
      const rows = Object.entries(schema.properties).map(([key, value]) => row(key, value, schema.required ?? []));
      const title = path === '' ? 'At the root, or below an image in `images`' : `\`${path}\``;
      return `### ${title}\n\n| key | value | default | meaning | example |\n|---|---|---|---|---|\n${rows.join('\n')}\n`;
    })
    .filter((table) => table !== undefined)
    .join('\n');
}

function row(key, schema, required) {
  const [meaning, words] = (schema.description ?? '').split(' Default: ');
  const usual = required.includes(key) ? 'required' : (words ?? 'none').replace(/\.$/, '');
  const example = stringify(schema.examples[0], {
    collectionStyle: 'flow',
    flowCollectionPadding: false,
    lineWidth: 0,
  }).trim();
  return `| \`${key}\` | ${kindsOf(schema)} | ${escape(usual)} | ${escape(meaning)} | \`${escape(example)}\` |`;
}

function kindsOf(schema) {
  const kinds = [...new Set(openUnion(schema).map(kindOf))];
  const texts =
    kinds.includes('text') && kinds.includes('number')
      ? kinds.filter((kind) => !['number', 'true, false'].includes(kind))
      : kinds;
  return texts.join(' or ');
}

function kindOf(schema) {
  if (schema.enum !== undefined) return schema.enum.map((word) => `\`${word}\``).join(', ');
  if (schema.type === 'array')
    return `list of ${openUnion(schema.items).some(({ type }) => type === 'object') ? 'entries' : 'texts'}`;
  if (schema.type === 'object') return 'mapping';
  return { string: 'text', boolean: 'true, false' }[schema.type] ?? 'number';
}

function mappingsOf(schema, path) {
  return openUnion(schema)
    .flatMap((one) => {
      const own = one.properties === undefined ? [] : [{ path, schema: one }];
      const below = Object.entries(one.properties ?? {}).flatMap(([key, value]) =>
        mappingsOf(value, path === '' ? key : `${path}.${key}`),
      );
      const items = one.items === undefined ? [] : mappingsOf(one.items, `${path}[]`);
      const { additionalProperties: values } = one;
      const entries = typeof values === 'object' ? mappingsOf(values, `${path}.NAME`) : [];
      return [...own, ...items, ...entries, ...below];
    })
    .filter(({ path: name }) => !name.startsWith('images.NAME.'));
}

function openUnion(schema) {
  return schema.anyOf === undefined ? [schema] : schema.anyOf.flatMap(openUnion);
}

function escape(text) {
  return text.replaceAll('|', '\\|');
}
