import { type Failure, isPassing } from './retry.ts';

/** Why a step of an upload did not succeed, as far as the next step is concerned. */
export type Setback =
  | { readonly kind: 'wait' }
  | { readonly kind: 'too-large'; readonly pieceBytes: number }
  | { readonly kind: 'session-lost' }
  | { readonly kind: 'final' };

export interface SetbackInput {
  readonly failure: Failure;
  /** The codes of the registry, where it gave any. */
  readonly codes: readonly string[];
  /** The size of the body that was refused. */
  readonly pieceBytes: number;
  /** Smaller pieces than this the registry does not take. */
  readonly smallestPieceBytes: number;
}

const mebibyte = 1024 * 1024;
const units: Readonly<Record<string, number>> = {
  k: 1000,
  ki: 1024,
  m: 1000 ** 2,
  mi: mebibyte,
  g: 1000 ** 3,
  gi: 1024 ** 3,
};
const finalCodes: ReadonlySet<string> = new Set([
  'NAME_UNKNOWN',
  'NAME_INVALID',
  'DENIED',
  'UNAUTHORIZED',
  'UNSUPPORTED',
]);
const sessionStatuses: ReadonlySet<number> = new Set([400, 404, 405, 409, 410, 412, 415, 416, 422]);

/**
 * Judges a failed step of an upload. A lost session and a digest that the registry finds wrong are worth a new session:
 * both happen in passing at registries with several machines. A body that is too large is worth smaller pieces.
 */
export function judgeSetback(input: SetbackInput): Setback {
  const { failure, codes } = input;
  if (isPassing(failure)) return { kind: 'wait' };
  if (failure.kind === 'broken') return { kind: 'final' };
  const { status, text } = failure;
  if (
    status === 413 ||
    (status >= 400 && status < 500 && /too large|exceeds the maximum|entity.too.large/i.test(text))
  ) {
    return smaller(input, parseLimit(text));
  }
  if (codes.some((code) => finalCodes.has(code))) return { kind: 'final' };
  return status < 400 || sessionStatuses.has(status) ? { kind: 'session-lost' } : { kind: 'final' };
}

/** First the limit that the registry tells, else 4 MiB; then 1 MiB, which proxies take by default; then no more. */
function smaller({ pieceBytes, smallestPieceBytes }: SetbackInput, limit: number | undefined): Setback {
  const next = [limit ?? 4 * mebibyte, mebibyte].find((bytes) => bytes < pieceBytes && bytes >= smallestPieceBytes);
  return next === undefined ? { kind: 'final' } : { kind: 'too-large', pieceBytes: next };
}

/** As in GHCR's "exceeds the maximum permissible limit of 4.00MiB". */
function parseLimit(text: string): number | undefined {
  const [, amount, unit] = /limit(?: of|:)?\s*(\d+(?:\.\d+)?)\s*([kmg]i?)?b/i.exec(text) ?? [];
  if (amount === undefined) return undefined;
  const bytes = Math.floor(Number(amount) * (units[(unit ?? '').toLowerCase()] ?? 1));
  return bytes > 0 ? bytes : undefined;
}

/**
 * How many bytes an upload session holds, by the Range header of its answer (`0-END`, inclusive). `0-0` is sent for none
 * by some and for one byte by others; it is taken as none.
 */
export function parseReceived(range: string | undefined): number | undefined {
  const end = /^(?:bytes[ =])?0-(\d+)$/.exec(range?.trim() ?? '')?.[1];
  if (end === undefined) return undefined;
  return end === '0' ? 0 : Number(end) + 1;
}
