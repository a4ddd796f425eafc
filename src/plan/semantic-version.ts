/** A version as semver has it; what stands behind `+` orders nothing and is left out. https://semver.org/spec/v2.0.0.html */
export interface SemanticVersion {
  /** Without `v` and build metadata: `1.2.3-rc.1`. */
  readonly text: string;
  readonly release: readonly [number, number, number];
  readonly prerelease: readonly (number | string)[];
}

const number = '(0|[1-9]\\d{0,15})';
const identifier = '(?:0|[1-9]\\d*|\\d*[A-Za-z-][0-9A-Za-z-]*)';
const pattern = new RegExp(
  `^v?${number}\\.${number}\\.${number}(?:-(${identifier}(?:\\.${identifier})*))?(?:\\+[0-9A-Za-z.-]+)?$`,
);

/** Reads a version, with or without `v` before it; undefined where the text is none. */
export function parseSemanticVersion(text: string | undefined): SemanticVersion | undefined {
  if (text === undefined || text.length > 256) return undefined;
  const [, major, minor, patch, tail] = pattern.exec(text) ?? [];
  const release = [Number(major), Number(minor), Number(patch)] as const;
  if (!release.every((part) => Number.isSafeInteger(part))) return undefined;
  return {
    text: `${release.join('.')}${tail === undefined ? '' : `-${tail}`}`,
    release,
    prerelease: (tail?.split('.') ?? []).map((part) => (/^\d+$/.test(part) ? Number(part) : part)),
  };
}

/**
 * Positive where the first version is the newer one, negative where the second is, 0 where neither is.
 * https://semver.org/spec/v2.0.0.html#spec-item-11
 */
export function compareVersions(first: SemanticVersion, second: SemanticVersion): number {
  const [major, minor, patch] = first.release;
  const [otherMajor, otherMinor, otherPatch] = second.release;
  const difference = major - otherMajor || minor - otherMinor || patch - otherPatch;
  return difference === 0 ? comparePrereleases(first.prerelease, second.prerelease) : difference;
}

type Identifiers = SemanticVersion['prerelease'];

/** A release comes after all its prereleases; of two prereleases the longer one where one begins with the other. */
function comparePrereleases(first: Identifiers, second: Identifiers): number {
  if (first.length === 0 || second.length === 0) return second.length - first.length;
  const differences = first
    .slice(0, second.length)
    .map((part, position) => compareIdentifiers(part, second[position] ?? part));
  return differences.find((difference) => difference !== 0) ?? first.length - second.length;
}

/** A number comes before a word; words are ordered by their characters. */
function compareIdentifiers(first: number | string, second: number | string): number {
  if (typeof first === 'number' && typeof second === 'number') return first - second;
  if (typeof first !== typeof second) return typeof first === 'number' ? -1 : 1;
  if (first === second) return 0;
  return first < second ? -1 : 1;
}
