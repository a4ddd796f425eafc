import type { Host } from '../host/host.ts';
import { MemoryRoom } from './memory-blob.ts';
import { MemoryRepository } from './memory-repository.ts';
import type { RegistryStorage, RepositoryStorage } from './registry-storage.ts';

/** Repositories in the memory of this process, for tests and for what need not outlive it. */
export class MemoryStorage implements RegistryStorage {
  readonly #host: Host;
  readonly #room: MemoryRoom;
  /** Those that hold something. */
  readonly #repositories = new Map<string, MemoryRepository>();
  /** Those that somebody works with; the others are forgotten, so that names that were only asked for take no memory. */
  readonly #used = new Map<string, WeakRef<MemoryRepository>>();

  /** `limitBytes`: of blobs and uploads together. */
  constructor(host: Host, limitBytes: number) {
    this.#host = host;
    this.#room = new MemoryRoom(limitBytes);
  }

  repositories(): Promise<readonly string[]> {
    const there = [...this.#repositories].filter(([, repository]) => repository.isThere);
    return Promise.resolve(there.map(([name]) => name).sort());
  }

  repository(name: string): RepositoryStorage {
    const known = this.#repositories.get(name) ?? this.#used.get(name)?.deref();
    if (known !== undefined) return known;
    const repository: MemoryRepository = new MemoryRepository(name, {
      host: this.#host,
      room: this.#room,
      blobOf: (from, digest) => this.#repositories.get(from)?.blob(digest),
      onWrite: () => this.#repositories.set(name, repository),
    });
    this.#used.set(name, new WeakRef(repository));
    if (this.#used.size % 1000 === 0) this.#forgetUnused();
    return repository;
  }

  uploadCount(): Promise<number> {
    return Promise.resolve([...this.#repositories.values()].reduce((sum, { uploadCount }) => sum + uploadCount, 0));
  }

  async sweepUploads(idleMs: number): Promise<number> {
    const latestMs = this.#host.clock.now().getTime() - idleMs;
    let count = 0;
    for (const repository of this.#repositories.values()) count += await repository.sweep(latestMs);
    return count;
  }

  hasRoomFor(sizeBytes: number): Promise<boolean> {
    return Promise.resolve(this.#room.has(sizeBytes));
  }

  #forgetUnused(): void {
    for (const [name, reference] of this.#used) if (reference.deref() === undefined) this.#used.delete(name);
  }
}
