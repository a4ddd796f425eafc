import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { diskFault, systemCode } from '../../store/disk-fault.ts';
import { writeWhole } from './write-whole.ts';

/** What a record is about; each kind has a folder of its own. */
export type RecordKind = string;

export interface CacheRecordsOptions {
  /** The folder of the cache, absolute. */
  readonly root: string;
  readonly now: () => Date;
}

const checksumLength = 64;

/**
 * Small facts that cost work to find out, by a key that names all they depend on. A record that is damaged, cut off or
 * gone is one that was never written. Safe against several processes at once.
 */
export class CacheRecords {
  readonly #options: CacheRecordsOptions;
  readonly #touched = new Set<string>();

  constructor(options: CacheRecordsOptions) {
    this.#options = options;
  }

  /** The JSON value that was written under the key, unless it is damaged; what it holds must still be checked. */
  read(kind: RecordKind, key: string): unknown {
    const file = this.#file(kind, key);
    try {
      const value = decodeRecord(readFileSync(file, 'utf8'));
      if (value === undefined) rmSync(file, { force: true });
      else this.touch(file);
      return value;
    } catch (error) {
      if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(systemCode(error) ?? '')) return undefined;
      throw diskFault(error, `read the cache record "${file}"`, file);
    }
  }

  /** @throws {Fault} STORE_FULL, STORE_DENIED */
  write(kind: RecordKind, key: string, value: object): void {
    const file = this.#file(kind, key);
    const body = JSON.stringify(value);
    try {
      mkdirSync(dirname(file), { recursive: true });
      writeWhole(file, `${checksumOf(body)}\n${body}`);
    } catch (error) {
      throw diskFault(error, `write the cache record "${file}"`, file);
    }
  }

  /**
   * Says that a file of the cache is in use, so that it is not the first to be pruned: by its time of access. That of
   * change stays, because a layout may hold the same file as a hard link.
   */
  touch(file: string): void {
    if (this.#touched.has(file)) return;
    this.#touched.add(file);
    const now = this.#options.now();
    try {
      utimesSync(file, now, statSync(file).mtimeMs / 1000);
    } catch {
      // Another process may have pruned it, or own it; it is used all the same.
    }
  }

  #file(kind: RecordKind, key: string): string {
    const hex = createHash('sha256').update(key).digest('hex');
    return join(this.#options.root, 'records', kind, hex.slice(0, 2), hex.slice(2));
  }
}

function decodeRecord(text: string): unknown {
  const body = text.slice(checksumLength + 1);
  return text.slice(0, checksumLength) === checksumOf(body) ? JSON.parse(body) : undefined;
}

function checksumOf(body: string): string {
  return createHash('sha256').update(body).digest('hex');
}
