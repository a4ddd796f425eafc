/** How lengths and distances of matches are coded. https://www.rfc-editor.org/rfc/rfc1951#section-3.2.5 */

/** Extra bits of the 29 length codes, which start at symbol 257. */
export const lengthExtraBits = Uint8Array.of(
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  1,
  1,
  1,
  1,
  2,
  2,
  2,
  2,
  3,
  3,
  3,
  3,
  4,
  4,
  4,
  4,
  5,
  5,
  5,
  5,
  0,
);
/** Extra bits of the 30 distance codes. */
export const distanceExtraBits = Uint8Array.of(
  0,
  0,
  0,
  0,
  1,
  1,
  2,
  2,
  3,
  3,
  4,
  4,
  5,
  5,
  6,
  6,
  7,
  7,
  8,
  8,
  9,
  9,
  10,
  10,
  11,
  11,
  12,
  12,
  13,
  13,
);

/** The first length of each length code. */
export const lengthStarts = startsOf(lengthExtraBits.subarray(0, 28), 3, [258]);
/** The first distance of each distance code. */
export const distanceStarts = startsOf(distanceExtraBits, 1, []);

/** The length code of each length, counted from 3. */
const lengthCodes = Uint8Array.from({ length: 256 }, (_, index) => codeOf(lengthStarts, index + 3));
/** The distance code of distances 1 to 256, then of every 128th. */
const nearCodes = Uint8Array.from({ length: 256 }, (_, index) => codeOf(distanceStarts, index + 1));
const farCodes = Uint8Array.from({ length: 256 }, (_, index) => codeOf(distanceStarts, (index << 7) + 1));

/** The code of a length from 3 to 258, counted from 0. */
export function lengthCode(length: number): number {
  return lengthCodes[length - 3] ?? 0;
}

/** The code of a distance from 1 to 32768. */
export function distanceCode(distance: number): number {
  return (distance <= 256 ? nearCodes[distance - 1] : farCodes[(distance - 1) >> 7]) ?? 0;
}

function startsOf(extraBits: Uint8Array, first: number, more: readonly number[]): Uint16Array {
  const starts: number[] = [];
  let next = first;
  for (const bits of extraBits) {
    starts.push(next);
    next += 1 << bits;
  }
  return Uint16Array.from([...starts, ...more]);
}

function codeOf(starts: Uint16Array, value: number): number {
  let code = starts.length - 1;
  while (code > 0 && (starts[code] ?? 0) > value) code--;
  return code;
}
