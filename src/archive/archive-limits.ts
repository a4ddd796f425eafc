import { Fault } from '../errors/fault.ts';

/** How much an archive may hold, so that a small file cannot fill a disk or a memory. */
export interface ArchiveLimits {
  /** Entries in all. Default: 5,000,000. */
  readonly maxEntries: number;
  /** Bytes of all contents, and of the uncompressed archive. Default: 256 GiB. */
  readonly maxTotalBytes: number;
  /** Bytes out for each byte in, asked from `ratioFreeBytes` on. Default: 250 (gzip can reach 1,032). */
  readonly maxRatio: number;
  /** Bytes that may come out before the ratio counts. Default: 1 GiB. */
  readonly ratioFreeBytes: number;
}

export const defaultLimits: ArchiveLimits = {
  maxEntries: 5_000_000,
  maxTotalBytes: 256 * 1024 ** 3,
  maxRatio: 250,
  ratioFreeBytes: 1024 ** 3,
};

/** Bytes of headers that describe one entry (long names, pax records, sparse maps), and of all global ones. */
export const maxHeaderBytes = 1024 * 1024;

/** The limits with what the caller changes. */
export function resolveLimits(changed: Partial<ArchiveLimits> = {}): ArchiveLimits {
  return { ...defaultLimits, ...changed };
}

/** Stops an archive with too many entries. @throws {Fault} ARCHIVE_TOO_LARGE */
export function checkEntryCount(entryCount: number, limits: ArchiveLimits, file?: string): void {
  if (entryCount > limits.maxEntries) throw tooLarge(`it has more than ${limits.maxEntries} entries`, file);
}

/** Stops an archive with too many bytes. @throws {Fault} ARCHIVE_TOO_LARGE */
export function checkTotalBytes(totalBytes: number, limits: ArchiveLimits, file?: string): void {
  if (totalBytes > limits.maxTotalBytes) throw tooLarge(`it holds more than ${limits.maxTotalBytes} bytes`, file);
}

/** Stops what grows too much: `out` bytes made of `in` bytes so far. @throws {Fault} ARCHIVE_RATIO */
export function checkRatio(
  bytes: { readonly in: number; readonly out: number },
  limits: ArchiveLimits,
  file?: string,
): void {
  if (bytes.out <= limits.ratioFreeBytes || bytes.out <= bytes.in * limits.maxRatio) return;
  throw new Fault(
    'ARCHIVE_RATIO',
    `Cannot read the archive: ${bytes.in} bytes became ${bytes.out}, expected at most ${limits.maxRatio} times as many`,
    file === undefined ? {} : { where: { file } },
  );
}

function tooLarge(found: string, file: string | undefined): Fault {
  return new Fault('ARCHIVE_TOO_LARGE', `Cannot read the archive: ${found}, which is the limit`, {
    ...(file === undefined ? {} : { where: { file } }),
  });
}
