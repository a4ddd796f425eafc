/** How long one exchange may stand still, in milliseconds, and how slow it may be. */
export interface WireLimits {
  /** To look the host up and to connect, TLS included. */
  readonly connectMs: number;
  /** Between two pieces of the request body that are taken. */
  readonly sendMs: number;
  /** From the end of the request to the head of the answer. */
  readonly answerMs: number;
  /** Between two pieces of the answer's body. */
  readonly receiveMs: number;
  /** In every stretch of waiting for bytes this long, at least `slowBytes` must move. */
  readonly slowWindowMs: number;
  readonly slowBytes: number;
}

export const usualWireLimits: WireLimits = {
  connectMs: 20_000,
  sendMs: 45_000,
  answerMs: 30_000,
  receiveMs: 45_000,
  slowWindowMs: 20_000,
  slowBytes: 64 * 1024,
};

const commitBytesPerMs = 8 * 1024;

/** The limits for the request that ends an upload: the registry may hash and move the blob before it answers. */
export function commitLimits(limits: WireLimits, sizeBytes: number): WireLimits {
  return { ...limits, answerMs: limits.answerMs + Math.ceil(sizeBytes / commitBytesPerMs) };
}
