const firstMs = 2000;
const longestMs = 60_000;

/** The part of a wait that chance may add, so that many that failed together do not come back together. */
const jitterShare = 0.25;

/**
 * How long to wait before something is tried again, in milliseconds: 2 s, 4 s, 8 s…, a minute at most, and up to a quarter
 * more by chance.
 *
 * @param retry 1 before the first retry.
 * @param chance From 0 to 1.
 */
export function backOffMs(retry: number, chance: number): number {
  const plainMs = Math.min(longestMs, firstMs * 2 ** (retry - 1));
  return Math.round(plainMs * (1 + jitterShare * chance));
}
