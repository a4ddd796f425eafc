/**
 * Reads one record of comma-separated `key=value` fields, as docker's flags have it: a field that holds a comma is
 * quoted as a whole, with `""` for a quote. A field without `=` has an empty value. Keys are lower-cased.
 */
export function parseFields(text: string): readonly (readonly [key: string, value: string])[] {
  return splitRecord(text).map((field) => {
    const equals = field.indexOf('=');
    if (equals < 0) return [field.trim().toLowerCase(), ''] as const;
    return [field.slice(0, equals).trim().toLowerCase(), field.slice(equals + 1)] as const;
  });
}

function splitRecord(text: string): readonly string[] {
  const fields = text.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g);
  return [...fields].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '');
}
