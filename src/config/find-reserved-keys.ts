import { noteOf, type SchemaNode, schemasBelow } from './schema-node.ts';
import { type WrittenConfig, writtenConfigSchema } from './written-config.ts';

/** The names of the keys of a config that nothing acts on in this version, each once, in the order of the config. */
export function findReservedKeys(written: WrittenConfig): readonly string[] {
  return [...new Set(reservedBelow(written, [writtenConfigSchema]))];
}

function reservedBelow(value: unknown, schemas: readonly SchemaNode[]): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]: readonly [string, unknown]) => {
    const below = schemas.flatMap((schema) => schemasBelow(schema, Array.isArray(value) ? Number(key) : key));
    const isReserved = below.some((schema) => noteOf(schema)?.reserved === true);
    return isReserved ? [key] : reservedBelow(inner, below);
  });
}
