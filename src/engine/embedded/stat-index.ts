import { mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Digest, isDigest } from '../../oci/digest.ts';
import { writeWhole } from './write-whole.ts';

/** What the file system says of a file; as long as it says the same, the content is taken to be the same. */
export interface FileStamp {
  readonly sizeBytes: number;
  readonly modifiedNs: bigint;
  readonly changedNs: bigint;
  readonly inode: bigint;
}

/** What is kept of a file: the stamp as one text, and the digest. */
type IndexRow = readonly [stamp: string, digest: string];

const formatVersion = 1;
/** Rows of files that no build looked at lately are kept up to this number, for the other images of the folder. */
const spareRows = 20_000;

/**
 * The digests of the files of one context folder as they were last read, so that a build that finds nothing changed
 * reads no file. Kept in the cache; a missing or damaged file only costs time.
 */
export class StatIndex {
  readonly #file: string;
  readonly #nowNs: bigint;
  readonly #rows: ReadonlyMap<string, IndexRow>;
  readonly #fresh = new Map<string, IndexRow>();
  #changed = false;

  /**
   * @param file Where the index is kept.
   * @param nowNs The time as the file system has it, in nanoseconds since 1970, taken before any file was looked at.
   */
  constructor(file: string, nowNs: bigint) {
    this.#file = file;
    this.#nowNs = nowNs;
    this.#rows = readRows(file);
  }

  digestOf(path: string, stamp: FileStamp): Digest | undefined {
    const row = this.#fresh.get(path) ?? this.#rows.get(path);
    if (row === undefined || row[0] !== formatStamp(stamp) || !isDigest(row[1])) return undefined;
    this.#fresh.set(path, row);
    return row[1];
  }

  /**
   * Remembers a digest. A file that changed so lately that a second change might carry the same time is not
   * remembered and is read again next time (git's "racy" problem).
   */
  remember(path: string, stamp: FileStamp, digest: Digest): void {
    if (isRacy(stamp, this.#nowNs)) return;
    this.#fresh.set(path, [formatStamp(stamp), digest]);
    this.#changed = true;
  }

  /** Writes the index where something new was learnt. */
  save(): void {
    if (!this.#changed) return;
    this.#changed = false;
    const rows = [...this.#fresh];
    const limit = this.#fresh.size * 2 + spareRows;
    for (const [path, row] of this.#rows) {
      if (rows.length >= limit) break;
      if (!this.#fresh.has(path)) rows.push([path, row]);
    }
    mkdirSync(dirname(this.#file), { recursive: true });
    writeWhole(this.#file, JSON.stringify({ version: formatVersion, rows }));
  }
}

const millisecondNs = 1_000_000n;

/**
 * Times of a fine file system advance with the kernel's tick, 10 ms at the most; those of a coarse one (FAT: 2 s)
 * show by having no part below the millisecond.
 */
function isRacy({ modifiedNs, changedNs }: FileStamp, nowNs: bigint): boolean {
  const newest = modifiedNs > changedNs ? modifiedNs : changedNs;
  const windowNs = newest % millisecondNs === 0n ? 2_000n * millisecondNs : 50n * millisecondNs;
  return newest + windowNs >= nowNs;
}

function formatStamp({ sizeBytes, modifiedNs, changedNs, inode }: FileStamp): string {
  return `${sizeBytes} ${modifiedNs} ${changedNs} ${inode}`;
}

function readRows(file: string): ReadonlyMap<string, IndexRow> {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return isIndex(value) ? new Map(value.rows.filter(isRow)) : new Map();
  } catch {
    return new Map();
  }
}

function isIndex(value: unknown): value is { readonly rows: readonly unknown[] } {
  if (typeof value !== 'object' || value === null || !('version' in value) || !('rows' in value)) return false;
  return value.version === formatVersion && Array.isArray(value.rows);
}

function isRow(value: unknown): value is [string, IndexRow] {
  return Array.isArray(value) && typeof value[0] === 'string' && isTextPair(value[1]);
}

function isTextPair(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2 && value.every((cell) => typeof cell === 'string');
}
