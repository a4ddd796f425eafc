// Writes schema/polyarch.schema.json and the tables of docs/config.md out of the compiled config schema;
// run it after `npm run build`.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { writtenConfigSchema } from '../dist/config/written-config.js';
import { renderJsonSchema } from './json-schema.mjs';
import { updateKeyTables } from './key-tables.mjs';

const schemaFile = new URL('../schema/polyarch.schema.json', import.meta.url);
const docsFile = new URL('../docs/config.md', import.meta.url);

const text = renderJsonSchema(writtenConfigSchema);
mkdirSync(new URL('.', schemaFile), { recursive: true });
writeFileSync(schemaFile, text);
writeFileSync(docsFile, updateKeyTables(readFileSync(docsFile, 'utf8'), JSON.parse(text)));
