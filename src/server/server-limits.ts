/** What a registry takes from its clients before it refuses. Durations in milliseconds, sizes in bytes. */
export interface ServerLimits {
  /** One manifest. Default: 4 MiB. */
  readonly manifestBytes: number;
  /** One blob. Default: no limit. */
  readonly blobBytes: number;
  /** Blobs and uploads together where they are kept in memory. Default: 2 GiB. */
  readonly memoryBytes: number;
  /** Connections at once; requests on further ones are answered with 429. Default: 1024. */
  readonly connections: number;
  /** Uploads that are open at once; the next is answered with 429. Default: 1024. */
  readonly uploads: number;
  /** An upload of which no byte came for so long is removed. Default: one day. */
  readonly uploadIdleMs: number;
  /** From the opening of a connection, or the first byte of a request, to the end of its header. Default: 20 seconds. */
  readonly headerMs: number;
  /** A client that sends less than 1 KiB of a body, or takes less than 512 KiB of an answer, in so long is cut off. Default: 60 seconds. */
  readonly idleMs: number;
  /** A connection without a request is closed after so long. Default: 65 seconds. */
  readonly keepAliveMs: number;
  /** How long `close` waits for requests under way. Default: 5 seconds. */
  readonly closeMs: number;
}

export const defaultLimits: ServerLimits = {
  manifestBytes: 4 * 1024 * 1024,
  blobBytes: Number.POSITIVE_INFINITY,
  memoryBytes: 2 * 1024 * 1024 * 1024,
  connections: 1024,
  uploads: 1024,
  uploadIdleMs: 24 * 60 * 60 * 1000,
  headerMs: 20_000,
  idleMs: 60_000,
  keepAliveMs: 65_000,
  closeMs: 5_000,
};
