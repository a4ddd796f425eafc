/** The fields of one line of comma-separated values, or why there are none. */
export type CsvFields =
  | { readonly fields: readonly string[]; readonly problem?: never }
  | { readonly fields?: never; readonly problem: string };

/** Splits at commas; a field in double quotes may hold commas, and `""` for a quote. https://www.rfc-editor.org/rfc/rfc4180 */
export function csvFields(line: string): CsvFields {
  if (line === '') return { problem: 'EOF' };
  const fields: string[] = [];
  let rest = line;
  for (;;) {
    const [whole = '', quoted, bare] = /^(?:"((?:[^"]|"")*)"(?=,|$)|([^",]*)(?=,|$))/.exec(rest) ?? [];
    if (quoted === undefined && bare === undefined) return { problem: fault(rest) };
    fields.push(quoted?.replaceAll('""', '"') ?? bare ?? '');
    if (whole.length === rest.length) return { fields };
    rest = rest.slice(whole.length + 1);
  }
}

function fault(rest: string): string {
  return rest.startsWith('"') ? 'extraneous or missing " in quoted-field' : 'bare " in non-quoted-field';
}
