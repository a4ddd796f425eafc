const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** A number of bytes with three digits, in powers of 1000 as Docker shows them: `999 B`, `1.23 kB`, `45.6 MB`, `139 MB`. */
export function formatBytes(byteCount: number): string {
  let value = byteCount;
  let unit = 0;
  // 999.5 of a unit would be shown as 1000 of it.
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${value.toFixed(digits)} ${units[unit] ?? ''}`;
}
