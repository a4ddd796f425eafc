import { constants } from 'node:fs';
import { copyFile, link, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Host } from '../host/host.ts';
import { type Digest, digestAlgorithm, digestHex, isDigest } from '../oci/digest.ts';
import { diskFault, systemCode } from '../store/disk-fault.ts';
import { openForReading } from '../store/read-file.ts';
import { syncPath } from '../store/sync-path.ts';
import { temporaryPath } from '../store/temporary-path.ts';
import { readPieces } from './read-pieces.ts';
import type { OpenBlob, StoredBlob } from './registry-storage.ts';

const missingCodes = new Set(['ENOENT', 'ENOTDIR']);
const unlinkableCodes = new Set(['EXDEV', 'EPERM', 'EACCES', 'EMLINK', 'ENOTSUP', 'ENOSYS']);

/** Where blobs are written before they get their names; on the same file system as the repositories. */
export interface BlobPlaces {
  readonly host: Host;
  readonly temporaryDirectory: string;
}

/** The folder `blobs` of one repository. Its folders must be there before anything is written. */
export class DiskBlobs {
  readonly #directory: string;
  readonly #places: BlobPlaces;

  constructor(repositoryDirectory: string, places: BlobPlaces) {
    this.#directory = join(repositoryDirectory, 'blobs');
    this.#places = places;
  }

  pathOf(digest: Digest): string {
    return join(this.#directory, digestAlgorithm(digest), digestHex(digest));
  }

  async stat(digest: Digest): Promise<StoredBlob | undefined> {
    const facts = await unlessMissing(stat(this.pathOf(digest)));
    return facts?.isFile() === true ? { digest, size: facts.size, modifiedMs: facts.mtimeMs } : undefined;
  }

  /** Where the times of files cannot be set, as on a disk that is mounted read-only, nothing is collected either. */
  async renew(digest: Digest): Promise<boolean> {
    const now = this.#places.host.clock.now();
    try {
      await utimes(this.pathOf(digest), now, now);
      return true;
    } catch (error) {
      const code = systemCode(error) ?? '';
      if (missingCodes.has(code)) return false;
      if (['EPERM', 'EACCES', 'EROFS'].includes(code)) return true;
      throw error;
    }
  }

  async open(digest: Digest): Promise<OpenBlob | undefined> {
    const handle = await unlessMissing(openForReading(this.pathOf(digest)));
    if (handle === undefined) return undefined;
    const facts = await handle.stat();
    if (!facts.isFile()) {
      await handle.close();
      return undefined;
    }
    const { size } = facts;
    return {
      size,
      read: (range = { start: 0, end: size - 1 }) => readPieces(handle, range),
      close: () => handle.close(),
    };
  }

  async put(digest: Digest, bytes: Uint8Array): Promise<void> {
    const path = await this.#temporary();
    try {
      const handle = await open(path, 'wx', 0o644);
      try {
        const now = this.#places.host.clock.now();
        await handle.writeFile(bytes);
        await handle.utimes(now, now);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await this.adopt(path, digest);
    } catch (error) {
      await rm(path, { force: true });
      throw diskFault(error, `store ${digest}`, path);
    }
  }

  /** Gives a file, whose bytes are known to hash to the digest and are durable, its name. */
  async adopt(path: string, digest: Digest): Promise<void> {
    const target = this.pathOf(digest);
    await rename(path, target);
    await syncPath(dirname(target));
  }

  /**
   * Removes a blob. Where it must not have been renewed since a time, it is moved aside before that is looked at: who
   * renews it later finds it missing, and so never relies on a blob that is about to go.
   */
  async remove(digest: Digest, unlessRenewedSinceMs: number | undefined): Promise<boolean> {
    const path = this.pathOf(digest);
    if (unlessRenewedSinceMs === undefined) {
      return (await unlessMissing(rm(path).then(() => true))) ?? false;
    }
    if (((await this.stat(digest))?.modifiedMs ?? unlessRenewedSinceMs) >= unlessRenewedSinceMs) return false;
    const aside = await this.#temporary();
    if ((await unlessMissing(rename(path, aside).then(() => true))) === undefined) return false;
    const isRenewed = (await stat(aside)).mtimeMs >= unlessRenewedSinceMs;
    if (isRenewed) await link(aside, path).catch(() => rename(aside, path));
    await rm(aside, { force: true });
    return !isRenewed;
  }

  /** Takes over a file of another repository: by a hard link, or a copy where the file system has none. */
  async takeOver(source: string, digest: Digest): Promise<boolean> {
    const target = this.pathOf(digest);
    try {
      await link(source, target);
    } catch (error) {
      const code = systemCode(error) ?? '';
      if (code === 'EEXIST') return this.renew(digest);
      if (missingCodes.has(code)) return false;
      if (!unlinkableCodes.has(code)) throw diskFault(error, `mount ${digest}`, target);
      return this.#copy(source, digest);
    }
    await syncPath(dirname(target));
    return this.renew(digest);
  }

  async list(): Promise<readonly StoredBlob[]> {
    const found: StoredBlob[] = [];
    for (const algorithm of ['sha256', 'sha512'] as const) {
      const names = (await unlessMissing(readdir(join(this.#directory, algorithm)))) ?? [];
      const digests = names.map((name) => `${algorithm}:${name}`).filter(isDigest);
      const blobs = await Promise.all(digests.map((digest) => this.stat(digest)));
      found.push(...blobs.filter((blob) => blob !== undefined));
    }
    return found;
  }

  async #copy(source: string, digest: Digest): Promise<boolean> {
    const path = await this.#temporary();
    try {
      await copyFile(source, path, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
      await syncPath(path);
      await this.adopt(path, digest);
      return await this.renew(digest);
    } catch (error) {
      await rm(path, { force: true });
      if (missingCodes.has(systemCode(error) ?? '')) return false;
      throw diskFault(error, `mount ${digest}`, path);
    }
  }

  async #temporary(): Promise<string> {
    return (await temporaryPath(this.#places.temporaryDirectory, this.#places.host)).path;
  }
}

/** What a file operation gives; undefined where there is no such file. */
export async function unlessMissing<T>(operation: Promise<T>): Promise<T | undefined> {
  try {
    return await operation;
  } catch (error) {
    if (missingCodes.has(systemCode(error) ?? '')) return undefined;
    throw error;
  }
}
