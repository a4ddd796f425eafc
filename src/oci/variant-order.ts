interface NumberedVariant {
  readonly prefix: string;
  readonly numbers: readonly number[];
  readonly suffix: string;
}

/** The lowest variant of an architecture that has one, and what no variant means; in normal form arm always has one. */
const floors: ReadonlyMap<string, string> = new Map([
  ['amd64', 'v1'],
  ['arm', 'v5'],
  ['arm64', 'v8'],
]);

/**
 * Whether a machine of one variant runs what was made for another of the same architecture; both in normal form.
 * A newer variant runs what an older one does: amd64 v3 runs v1 and v2, power10 runs power9, arm64 v9.N runs v8.0 to
 * v8.(N+5). https://github.com/containerd/platforms/blob/main/variant.go
 */
export function runsVariant(architecture: string, machine: string, made: string): boolean {
  if (machine === made) return true;
  const floor = floors.get(architecture);
  if (floor === undefined && made === '') return true;
  const host = parseVariant(machine === '' ? (floor ?? '') : machine);
  const image = parseVariant(made === '' ? (floor ?? '') : made);
  if (host === undefined || image === undefined) return false;
  if (host.prefix !== image.prefix || host.suffix !== image.suffix) return false;
  if (architecture === 'arm64') return runsArm64(host.numbers, image.numbers);
  const lowest = parseVariant(floor ?? '')?.numbers ?? [];
  return compareNumbers(image.numbers, lowest) >= 0 && compareNumbers(image.numbers, host.numbers) <= 0;
}

/** Orders texts with numbers in them as people do: `v9` before `v10`, `v8.9` before `v8.10`. Negative where `a` is first. */
export function compareNatural(a: string, b: string): number {
  const left = a.match(/\d+|\D+/g) ?? [];
  const right = b.match(/\d+|\D+/g) ?? [];
  for (const [place, piece] of left.entries()) {
    const other = right[place];
    if (other === undefined) return 1;
    if (piece === other) continue;
    const difference = Number(piece) - Number(other);
    return Number.isNaN(difference) || difference === 0 ? (piece < other ? -1 : 1) : difference;
  }
  return left.length - right.length;
}

/** ARMv9.N has everything of ARMv8.(N+5), and ARMv8 ends at 8.9. */
function runsArm64(host: readonly number[], image: readonly number[]): boolean {
  if (host.length > 2 || image.length > 2) return false;
  const [hostMajor = 0, hostMinor = 0] = host;
  const [imageMajor = 0, imageMinor = 0] = image;
  if (hostMajor === imageMajor) return imageMinor <= hostMinor;
  return hostMajor === 9 && imageMajor === 8 && imageMinor <= Math.min(hostMinor + 5, 9);
}

function parseVariant(variant: string): NumberedVariant | undefined {
  const match = /^(\D*)(\d+(?:\.\d+)*)(.*)$/.exec(variant);
  if (match === null) return undefined;
  const numbers = (match[2] ?? '').split('.').map(Number);
  if (!numbers.every(Number.isSafeInteger)) return undefined;
  return { prefix: match[1] ?? '', numbers, suffix: match[3] ?? '' };
}

function compareNumbers(a: readonly number[], b: readonly number[]): number {
  for (let place = 0; place < Math.max(a.length, b.length); place++) {
    const difference = (a[place] ?? 0) - (b[place] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
