const units = 'bkmgtp';
const form = /^(\d*\.?\d+|\d+\.) ?(?:b|([kmgtp])(?:i?b)?)?$/i;

/** Bytes from a text such as `64m`, `1.5 GiB` or `4096`, every unit a power of 1024; `undefined` for another text. */
export function parseByteSize(text: string): number | undefined {
  const match = form.exec(text);
  if (match === null) return undefined;
  const power = Math.max(0, units.indexOf((match[2] ?? 'b').toLowerCase()));
  return Math.trunc(Number(match[1]) * 1024 ** power);
}
