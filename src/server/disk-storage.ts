import { mkdir, readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../errors/fault.ts';
import type { Host } from '../host/host.ts';
import { digestAlgorithm, digestHex } from '../oci/digest.ts';
import { sweepTemporary } from '../store/temporary-path.ts';
import { unlessMissing } from './disk-blobs.ts';
import { DiskRepository } from './disk-repository.ts';
import { DiskUploads } from './disk-uploads.ts';
import type { RegistryStorage, RepositoryStorage } from './registry-storage.ts';
import { partOfDirectory, repositoryDirectory } from './repository-path.ts';

/** Repositories whose state is kept in memory; of the others it is read again when they are asked for. */
const maxKnownRepositories = 1000;

/** Room that is left on the disk so that tags can still be moved and images deleted when it is full. */
const reserveBytes = 16 * 1024 * 1024;

/**
 * Repositories below a folder, each an OCI layout at the path of its name. What is not theirs lies in `.registry`, which
 * no name of a repository can be. Several processes may share the folder.
 */
export class DiskStorage implements RegistryStorage {
  readonly #root: string;
  readonly #host: Host;
  readonly #temporaryDirectory: string;
  readonly #uploads: DiskUploads;
  readonly #known = new Map<string, DiskRepository>();

  private constructor(root: string, host: Host) {
    const state = join(root, '.registry');
    this.#root = root;
    this.#host = host;
    this.#temporaryDirectory = join(state, 'temporary');
    this.#uploads = new DiskUploads(join(state, 'uploads'), join(state, 'leases'), host);
  }

  /**
   * Opens a folder, and makes it where it is missing; of one that is only read nothing is changed.
   * @throws {Fault} SERVER_DIRECTORY_UNUSABLE
   */
  static async open(root: string, host: Host, { isReadOnly = false } = {}): Promise<DiskStorage> {
    try {
      if ((await unlessMissing(stat(join(root, 'index.json')))) !== undefined) {
        throw new Error('it is an OCI layout itself, expected the folder above it');
      }
      const storage = new DiskStorage(root, host);
      if (isReadOnly) await readdir(root);
      else await storage.#prepare();
      return storage;
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Fault('SERVER_DIRECTORY_UNUSABLE', `Cannot keep repositories in "${root}": ${reason}`, {
        cause,
        where: { path: root },
      });
    }
  }

  async repositories(): Promise<readonly string[]> {
    const names: string[] = [];
    await collectRepositories(this.#root, [], names);
    return names.sort();
  }

  repository(name: string): RepositoryStorage {
    const known = this.#known.get(name) ?? this.#newRepository(name);
    this.#known.delete(name);
    this.#known.set(name, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size > maxKnownRepositories && oldest !== undefined) this.#known.delete(oldest);
    return known;
  }

  uploadCount(): Promise<number> {
    return this.#uploads.count();
  }

  sweepUploads(idleMs: number): Promise<number> {
    return this.#uploads.sweep(idleMs);
  }

  async hasRoomFor(sizeBytes: number): Promise<boolean> {
    const { bavail, blocks, bsize } = await statfs(this.#root);
    const reserve = Math.min(reserveBytes, (blocks * bsize) / 20);
    return bavail * bsize >= sizeBytes + reserve;
  }

  async #prepare(): Promise<void> {
    for (const folder of ['uploads', 'leases', 'temporary']) {
      await mkdir(join(this.#root, '.registry', folder), { recursive: true });
    }
    await sweepTemporary(this.#temporaryDirectory, this.#host);
  }

  #newRepository(name: string): DiskRepository {
    return new DiskRepository({
      host: this.#host,
      name,
      directory: repositoryDirectory(this.#root, name),
      temporaryDirectory: this.#temporaryDirectory,
      uploads: this.#uploads,
      pathIn: (repository, digest) =>
        join(repositoryDirectory(this.#root, repository), 'blobs', digestAlgorithm(digest), digestHex(digest)),
    });
  }
}

async function collectRepositories(folder: string, parts: readonly string[], names: string[]): Promise<void> {
  const entries = (await unlessMissing(readdir(folder, { withFileTypes: true }))) ?? [];
  if (parts.length > 0 && entries.some((entry) => entry.name === 'index.json' && entry.isFile())) {
    names.push(parts.join('/'));
  }
  for (const entry of entries) {
    const part = entry.isDirectory() ? partOfDirectory(entry.name) : undefined;
    if (part !== undefined) await collectRepositories(join(folder, entry.name), [...parts, part], names);
  }
}
