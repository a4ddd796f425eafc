import { createHash } from 'node:crypto';
import { open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Host } from '../host/host.ts';
import { type DigestAlgorithm, digestAlgorithm } from '../oci/digest.ts';
import { diskFault } from '../store/disk-fault.ts';
import { type DiskBlobs, unlessMissing } from './disk-blobs.ts';
import { DiskUpload } from './disk-upload.ts';
import { PushLease, pushPauseMs } from './push-lease.ts';
import type { Upload, UploadFacts } from './registry-storage.ts';

export interface UploadTarget {
  readonly repository: string;
  readonly blobs: DiskBlobs;
  /** Makes the repository where it is not there yet. */
  readonly ensure: (algorithm: DigestAlgorithm) => Promise<void>;
}

/**
 * The uploads of all repositories: one file each, named by its id and the repository it belongs to. They outlive the
 * process; another one that shares the folder takes them up.
 */
export class DiskUploads {
  readonly #directory: string;
  readonly #leaseDirectory: string;
  readonly #host: Host;
  /** What this process has seen of uploads that are open: their running digests, and what was acknowledged. */
  readonly #open = new Map<string, DiskUpload>();
  readonly #leases = new Map<string, PushLease>();

  constructor(directory: string, leaseDirectory: string, host: Host) {
    this.#directory = directory;
    this.#leaseDirectory = leaseDirectory;
    this.#host = host;
  }

  async start(target: UploadTarget, algorithm: DigestAlgorithm): Promise<Upload> {
    const id = `${this.#host.clock.now().getTime().toString(36)}-${this.#host.randomHex(16)}`;
    const path = this.#pathOf(id, target.repository);
    try {
      await (await open(path, 'wx', 0o644)).close();
    } catch (error) {
      throw diskFault(error, 'begin an upload', path);
    }
    await this.lease(target.repository).extend();
    return this.#opened(target, { id, algorithm, size: 0 });
  }

  async find(target: UploadTarget, id: string): Promise<Upload | undefined> {
    const key = this.#pathOf(id, target.repository);
    const facts = await unlessMissing(stat(key));
    if (facts === undefined) {
      this.#open.delete(key);
      return undefined;
    }
    return this.#open.get(key) ?? this.#opened(target, { id, algorithm: 'sha256', size: facts.size });
  }

  /** The uploads of a repository, or of all. */
  async list(repository?: string): Promise<readonly (UploadFacts & { readonly path: string })[]> {
    const names = await readdir(this.#directory);
    const suffix = repository === undefined ? '' : `.${nameTag(repository)}`;
    const found = await Promise.all(
      names
        .filter((name) => name.endsWith(suffix))
        .map(async (name) => {
          const path = join(this.#directory, name);
          const facts = await unlessMissing(stat(path));
          const id = name.slice(0, name.indexOf('.'));
          const startedMs = Number.parseInt(id.slice(0, id.indexOf('-')), 36);
          return facts === undefined ? undefined : { id, path, startedMs, modifiedMs: facts.mtimeMs };
        }),
    );
    return found.filter((upload) => upload !== undefined);
  }

  async count(): Promise<number> {
    return (await readdir(this.#directory)).length;
  }

  async sweep(idleMs: number): Promise<number> {
    const latestMs = this.#host.clock.now().getTime() - idleMs;
    const idle = (await this.list()).filter(({ modifiedMs }) => modifiedMs < latestMs);
    for (const { path } of idle) {
      await rm(path, { force: true });
      this.#open.delete(path);
    }
    for (const path of this.#open.keys()) {
      if ((await unlessMissing(stat(path))) === undefined) this.#open.delete(path);
    }
    await this.#sweepLeases(latestMs);
    return idle.length;
  }

  async #sweepLeases(latestMs: number): Promise<void> {
    this.#leases.clear();
    for (const name of await readdir(this.#leaseDirectory)) {
      const path = join(this.#leaseDirectory, name);
      const facts = await unlessMissing(stat(path));
      if (facts !== undefined && facts.mtimeMs < Math.min(latestMs, this.#host.clock.now().getTime() - pushPauseMs)) {
        await rm(path, { force: true });
      }
    }
  }

  lease(repository: string): PushLease {
    const tag = nameTag(repository);
    const lease =
      this.#leases.get(tag) ?? new PushLease(this.#leaseDirectory, join(this.#leaseDirectory, tag), this.#host);
    this.#leases.set(tag, lease);
    return lease;
  }

  #opened(target: UploadTarget, facts: { id: string; algorithm: DigestAlgorithm; size: number }): DiskUpload {
    const { id, algorithm, size } = facts;
    const path = this.#pathOf(id, target.repository);
    const upload = new DiskUpload(
      {
        id,
        path,
        algorithm,
        adopt: async (file, digest) => {
          await target.ensure(digestAlgorithm(digest));
          await target.blobs.adopt(file, digest);
          await target.blobs.renew(digest);
          this.#open.delete(path);
        },
        now: () => this.#host.clock.now(),
        onActivity: () => this.lease(target.repository).extend(),
      },
      size,
    );
    this.#open.set(path, upload);
    return upload;
  }

  #pathOf(id: string, repository: string): string {
    return join(this.#directory, `${id}.${nameTag(repository)}`);
  }
}

/** A short name for a repository that fits into one file name, whatever its length. */
function nameTag(repository: string): string {
  return createHash('sha256').update(repository).digest('hex').slice(0, 32);
}
