import { constants } from 'node:fs';
import { copyFile, type FileHandle, link, lstat, mkdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../errors/fault.ts';
import type { Host } from '../host/host.ts';
import { type Digest, digestAlgorithm, digestHex } from '../oci/digest.ts';
import { drain } from './collect-content.ts';
import type { ContentKey, LinkOptions, WriteExpectation } from './content-store.ts';
import { diskFault, systemCode } from './disk-fault.ts';
import { forEachLimited } from './for-each-limited.ts';
import { openForReading, readRest, readVerified } from './read-file.ts';
import { type StagedFile, stageFile } from './staged-file.ts';
import { syncPath } from './sync-path.ts';
import { sweepTemporary, temporaryPath } from './temporary-path.ts';
import { contentMissing, sizeMismatch } from './verify-content.ts';

/**
 * When written content is forced to the disk. `each`: before `write` returns. `batch`: all at once in `flush` (and before
 * a tag is set), which hundreds of small blobs want; until then it is seen by this store alone. `none`: when the system
 * likes, for caches: content cut off by a power failure is found by its size or its digest.
 */
export type Durability = 'each' | 'batch' | 'none';

export interface LayoutBlobsOptions {
  readonly host: Host;
  readonly durability: Durability;
}

/** The folder `blobs` of an OCI layout. */
export class LayoutBlobs {
  readonly #root: string;
  readonly #host: Host;
  readonly #durability: Durability;
  readonly #folders = new Map<string, Promise<string>>();
  /** Written, but not yet durable nor under its name. */
  readonly #pending = new Map<Digest, StagedFile>();
  #flushing: Promise<void> = Promise.resolve();
  #swept: Promise<void> | undefined;

  constructor(root: string, options: LayoutBlobsOptions) {
    this.#root = root;
    this.#host = options.host;
    this.#durability = options.durability;
  }

  async has(key: ContentKey): Promise<boolean> {
    return (await this.sizeOf(key.digest)) === key.size;
  }

  /** Bytes of the content; undefined where it is not held. */
  async sizeOf(digest: Digest): Promise<number | undefined> {
    const pending = this.#pending.get(digest);
    if (pending !== undefined) return pending.size;
    try {
      const facts = await stat(this.#pathOf(digest));
      return facts.isFile() ? facts.size : undefined;
    } catch (error) {
      if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(systemCode(error) ?? '')) return undefined;
      throw diskFault(error, `look for ${digest}`, this.#pathOf(digest));
    }
  }

  read(key: ContentKey): AsyncGenerator<Uint8Array, void, undefined> {
    return this.#stream(key, (handle) => readVerified(handle, key));
  }

  /** Streams content from a byte on, not verified. */
  readFrom(key: ContentKey, offset: number): AsyncGenerator<Uint8Array, void, undefined> {
    return this.#stream(key, (handle) => readRest(handle, key, offset));
  }

  async *#stream(
    key: ContentKey,
    read: (handle: FileHandle) => AsyncGenerator<Uint8Array, void, undefined>,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* read(await this.#open(key.digest));
    } catch (error) {
      const code = systemCode(error);
      if (code === 'ENOENT' || code === 'ENOTDIR') throw contentMissing(key, `the layout "${this.#root}"`);
      throw diskFault(error, `read ${key.digest}`, this.#pathOf(key.digest));
    }
  }

  async write(
    content: AsyncIterable<Uint8Array>,
    expected: WriteExpectation,
  ): Promise<{ digest: Digest; size: number }> {
    const { digest, size } = expected;
    if (digest !== undefined && size !== undefined && (await this.has({ digest, size }))) {
      await content[Symbol.asyncIterator]().return?.();
      return { digest, size };
    }
    await this.#folder(digest === undefined ? 'sha256' : digestAlgorithm(digest));
    const sync = this.#durability === 'each';
    const staged = await stageFile(content, this.#root, { host: this.#host, expected, sync });
    await this.#place(staged);
    return { digest: staged.digest, size: staged.size };
  }

  /** The file that holds content, durable and under its own name; undefined where it is not held. */
  async path(key: ContentKey): Promise<string | undefined> {
    if (this.#pending.has(key.digest)) await this.flush();
    return (await this.has(key)) ? this.#pathOf(key.digest) : undefined;
  }

  async linkFrom(path: string, key: ContentKey, options: LinkOptions): Promise<'linked' | 'copied'> {
    const source = await realpath(path);
    await checkSource(source, key, options);
    if (await this.has(key)) return 'linked';
    await this.#folder(digestAlgorithm(key.digest));
    const { path: temporary } = await temporaryPath(this.#root, this.#host);
    try {
      const isLinked = await tryLink(source, temporary);
      if (!isLinked) await this.#copy(source, temporary, key);
      if (this.#durability === 'each') await syncPath(temporary);
      await this.#place({ path: temporary, digest: key.digest, size: key.size });
      return isLinked ? 'linked' : 'copied';
    } catch (error) {
      await rm(temporary, { force: true });
      throw diskFault(error, `take "${source}" into the layout`, this.#root);
    }
  }

  /** Makes all that was written durable and puts it under its name. */
  flush(): Promise<void> {
    this.#flushing = this.#flushing.catch(() => undefined).then(() => this.#flushPending());
    return this.#flushing;
  }

  /** Removes what is not durable yet. */
  async discard(): Promise<void> {
    const staged = [...this.#pending.values()];
    this.#pending.clear();
    await Promise.all(staged.map(({ path }) => rm(path, { force: true })));
  }

  async #flushPending(): Promise<void> {
    const staged = [...this.#pending.values()];
    if (staged.length === 0) return;
    await forEachLimited(staged, 8, ({ path }) => syncPath(path));
    for (const file of staged) {
      await this.#rename(file);
      this.#pending.delete(file.digest);
    }
    const folders = new Set(staged.map(({ digest }) => this.#folderPath(digestAlgorithm(digest))));
    for (const folder of folders) await syncPath(folder);
  }

  async #place(staged: StagedFile): Promise<void> {
    if (this.#durability === 'batch') {
      const before = this.#pending.get(staged.digest);
      if (before === undefined) this.#pending.set(staged.digest, staged);
      else await rm(staged.path, { force: true });
      return;
    }
    await this.#rename(staged);
    if (this.#durability === 'each') await syncPath(this.#folderPath(digestAlgorithm(staged.digest)));
  }

  async #rename(staged: StagedFile): Promise<void> {
    try {
      await rename(staged.path, this.#pathOf(staged.digest));
    } catch (error) {
      throw diskFault(error, `store ${staged.digest}`, this.#root);
    } finally {
      // Where both names were links to one file already, `rename` leaves both.
      await rm(staged.path, { force: true });
    }
  }

  /** What is pending may get its own name at any moment: then it is opened there. */
  async #open(digest: Digest): Promise<FileHandle> {
    const pending = this.#pending.get(digest)?.path;
    if (pending !== undefined) {
      const handle = await openForReading(pending).catch(() => undefined);
      if (handle !== undefined) return handle;
    }
    return openForReading(this.#pathOf(digest));
  }

  async #copy(source: string, target: string, key: ContentKey): Promise<void> {
    await copyFile(source, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    const { size } = await stat(target);
    if (size !== key.size) throw sizeMismatch(key.digest, { expected: key.size, found: `${size} bytes` });
  }

  /** Makes the folder of an algorithm, once; what a killed process left behind is swept away with it. */
  #folder(algorithm: string): Promise<string> {
    this.#swept ??= sweepTemporary(this.#root, this.#host);
    const swept = this.#swept;
    const made = this.#folders.get(algorithm) ?? swept.then(() => makeFolder(this.#root, this.#folderPath(algorithm)));
    this.#folders.set(algorithm, made);
    return made;
  }

  #folderPath(algorithm: string): string {
    return join(this.#root, 'blobs', algorithm);
  }

  #pathOf(digest: Digest): string {
    return join(this.#folderPath(digestAlgorithm(digest)), digestHex(digest));
  }
}

/** A link out of the layout would have polyarch write wherever the maker of the layout likes. */
async function makeFolder(root: string, folder: string): Promise<string> {
  try {
    await mkdir(folder, { recursive: true });
    for (const path of [join(root, 'blobs'), folder]) {
      if ((await lstat(path)).isDirectory()) continue;
      throw new Fault('LAYOUT_MALFORMED', `Cannot write to the layout "${root}": "${path}" is a symbolic link`, {
        where: { path },
      });
    }
    await syncPath(join(root, 'blobs'));
    await syncPath(root);
    return folder;
  } catch (error) {
    throw diskFault(error, `make the folder "${folder}"`, folder);
  }
}

async function checkSource(path: string, key: ContentKey, options: LinkOptions): Promise<void> {
  if (options.verified !== true) {
    await drain(readVerified(await openForReading(path), key));
    return;
  }
  const { size } = await stat(path);
  if (size !== key.size) throw sizeMismatch(key.digest, { expected: key.size, found: `${size} bytes` });
}

/** Links only files of this user: another's could change theirs, and so ours, later. */
async function tryLink(source: string, target: string): Promise<boolean> {
  const { uid } = await stat(source);
  if (uid !== (process.geteuid?.() ?? uid)) return false;
  try {
    await link(source, target);
    return true;
  } catch (error) {
    if (['EXDEV', 'EPERM', 'EACCES', 'EMLINK', 'ENOTSUP', 'ENOSYS'].includes(systemCode(error) ?? '')) return false;
    throw error;
  }
}
