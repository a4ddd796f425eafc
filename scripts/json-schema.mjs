// The JSON Schema of polyarch.yaml, for editors, out of the schema that the config is checked by.
import { toJsonSchema } from '@valibot/to-json-schema';

/** The text of schema/polyarch.schema.json. */
export function renderJsonSchema(writtenConfigSchema) {
  const { $schema, ...schema } = toJsonSchema(writtenConfigSchema, {
    target: 'draft-07',
    typeMode: 'input',
    ignoreActions: ['raw_check', 'check'],
    overrideSchema: ({ jsonSchema }) => plain(jsonSchema),
  });
  const document = {
    $schema,
    title: 'polyarch.yaml',
    description: 'What polyarch builds, for which platforms, and where it goes. See docs/config.md.',
    ...schema,
    patternProperties: { '^x-': { description: "The user's own, for example for anchors; not read." } },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** Our notes have words where JSON Schema has a value (`default`) or nothing (`reserved`): they go to the description. */
function plain(schema) {
  const { default: words, reserved, ...rest } = schema;
  if (rest.description === undefined) return schema;
  const usual = words === undefined ? '' : ` Default: ${words}.`;
  const later = reserved === true ? ' Reserved: nothing acts on it in this version.' : '';
  return { ...rest, description: `${rest.description}${later}${usual}` };
}
