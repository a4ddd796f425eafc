import { link, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../errors/fault.ts';
import type { Host } from '../host/host.ts';
import { type Digest, type DigestAlgorithm, digestAlgorithm } from '../oci/digest.ts';
import { ociLayout } from '../oci/layout.ts';
import { diskFault, systemCode } from '../store/disk-fault.ts';
import { withFileLock } from '../store/file-lock.ts';
import { replaceFile } from '../store/index-file.ts';
import { syncPath } from '../store/sync-path.ts';
import { sweepTemporary, temporaryPath } from '../store/temporary-path.ts';
import { DiskBlobs, unlessMissing } from './disk-blobs.ts';
import type { DiskUploads } from './disk-uploads.ts';
import { IndexChanges } from './index-changes.ts';
import type { ChangeIndex, OpenBlob, RepositoryStorage, StoredBlob, Upload, UploadFacts } from './registry-storage.ts';
import { RepositoryIndex } from './repository-index.ts';

export interface DiskRepositoryOptions {
  readonly host: Host;
  readonly name: string;
  readonly directory: string;
  readonly temporaryDirectory: string;
  readonly uploads: DiskUploads;
  /** The file that another repository holds a blob in. */
  readonly pathIn: (repository: string, digest: Digest) => string;
}

/** A repository in a folder: an OCI layout that other tools can read, and lock the same way `polyarch copy` does. */
export class DiskRepository implements RepositoryStorage {
  readonly name: string;
  readonly #options: DiskRepositoryOptions;
  readonly #blobs: DiskBlobs;
  readonly #changes = new IndexChanges((apply) => this.#exclusively(apply));
  #known: { readonly identity: string; readonly index: RepositoryIndex } | undefined;

  /** Once: what a process that was killed left in the folder. */
  #swept: Promise<void> | undefined;

  constructor(options: DiskRepositoryOptions) {
    this.name = options.name;
    this.#options = options;
    this.#blobs = new DiskBlobs(options.directory, options);
  }

  /** Read again only where the file is another one. */
  async index(): Promise<RepositoryIndex | undefined> {
    const path = join(this.#options.directory, 'index.json');
    const facts = await unlessMissing(stat(path, { bigint: true }));
    if (facts === undefined) return undefined;
    const identity = `${facts.ino}/${facts.mtimeNs}/${facts.size}`;
    if (this.#known?.identity !== identity) {
      const text = await unlessMissing(readFile(path, 'utf8'));
      if (text === undefined) return undefined;
      this.#known = { identity, index: parseIndex(text, this.name) };
    }
    return this.#known.index;
  }

  change<Result>(change: ChangeIndex<Result>): Promise<Result> {
    return this.#changes.change(change);
  }

  stat(digest: Digest): Promise<StoredBlob | undefined> {
    return this.#blobs.stat(digest);
  }

  renew(digest: Digest): Promise<boolean> {
    return this.#blobs.renew(digest);
  }

  open(digest: Digest): Promise<OpenBlob | undefined> {
    return this.#blobs.open(digest);
  }

  async put(digest: Digest, bytes: Uint8Array): Promise<void> {
    await this.#ensure(digestAlgorithm(digest));
    await this.#blobs.put(digest, bytes);
  }

  remove(digest: Digest, unlessRenewedSinceMs?: number): Promise<boolean> {
    return this.#blobs.remove(digest, unlessRenewedSinceMs);
  }

  async mount(digest: Digest, from: string): Promise<boolean> {
    const source = this.#options.pathIn(from, digest);
    if ((await unlessMissing(stat(source)))?.isFile() !== true) return false;
    await this.#ensure(digestAlgorithm(digest));
    await this.#options.uploads.lease(this.name).extend();
    return this.#blobs.takeOver(source, digest);
  }

  blobs(): Promise<readonly StoredBlob[]> {
    return this.#blobs.list();
  }

  startUpload(algorithm: DigestAlgorithm): Promise<Upload> {
    return this.#options.uploads.start(this.#uploadTarget(), algorithm);
  }

  upload(id: string): Promise<Upload | undefined> {
    return this.#options.uploads.find(this.#uploadTarget(), id);
  }

  uploads(): Promise<readonly UploadFacts[]> {
    return this.#options.uploads.list(this.name);
  }

  busySinceMs(): Promise<number | undefined> {
    return this.#options.uploads.lease(this.name).sinceMs();
  }

  #uploadTarget() {
    return {
      repository: this.name,
      blobs: this.#blobs,
      ensure: (algorithm: DigestAlgorithm) => this.#ensure(algorithm),
    };
  }

  async #exclusively(apply: (index: RepositoryIndex) => Promise<RepositoryIndex | undefined>): Promise<void> {
    const { directory, host } = this.#options;
    await this.#ensure('sha256');
    this.#swept ??= sweepTemporary(directory, host);
    await this.#swept;
    await withFileLock(join(directory, '.index.lock'), { host }, async () => {
      const before = (await this.index()) ?? new RepositoryIndex();
      const after = await apply(before);
      if (after !== undefined) await replaceFile(join(directory, 'index.json'), Buffer.from(after.format()), host);
    });
  }

  /** Makes the layout where it is not there yet; `index.json` comes last, so that a repository is never half a one. */
  async #ensure(algorithm: DigestAlgorithm): Promise<void> {
    const { directory, host } = this.#options;
    const indexPath = join(directory, 'index.json');
    try {
      await mkdir(join(directory, 'blobs', algorithm), { recursive: true });
      if ((await unlessMissing(stat(indexPath))) !== undefined) return;
      await replaceFile(join(directory, 'oci-layout'), Buffer.from(JSON.stringify(ociLayout)), host);
      await createOnce(indexPath, new RepositoryIndex().format(), this.#options);
      for (const folder of [join(directory, 'blobs'), directory, join(directory, '..')]) await syncPath(folder);
    } catch (error) {
      throw diskFault(error, `make the repository "${this.name}"`, directory);
    }
  }
}

/** Makes a file unless it is there; who comes second finds that of the first. */
async function createOnce(path: string, text: string, options: DiskRepositoryOptions): Promise<void> {
  const { path: temporary } = await temporaryPath(options.temporaryDirectory, options.host);
  try {
    await writeFile(temporary, text, { flag: 'wx', flush: true });
    await link(temporary, path);
  } catch (error) {
    const code = systemCode(error) ?? '';
    if (code === 'EEXIST') return;
    if (!['EPERM', 'ENOTSUP', 'ENOSYS'].includes(code)) throw error;
    await writeFile(path, text, { flag: 'wx', flush: true });
  } finally {
    await rm(temporary, { force: true });
  }
}

function parseIndex(text: string, repository: string): RepositoryIndex {
  try {
    return RepositoryIndex.parse(text);
  } catch (cause) {
    const message = `Cannot read the index.json of the repository "${repository}": it is no OCI image index`;
    throw new Fault('LAYOUT_MALFORMED', message, { cause, where: { repository } });
  }
}
