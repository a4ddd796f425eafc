import type { BuildCache } from '../../engine/embedded/cache.ts';
import { type ContextRequest, Contexts } from '../../engine/embedded/contexts.ts';
import { TarFiles } from '../../engine/embedded/tar-files.ts';
import { contextPart } from '../../engine/embedded/transfer-part.ts';
import type { Host } from '../../host/host.ts';
import type { ContextSelection } from '../../plan/needed-inputs.ts';
import { remembered } from './pin-images.ts';

/**
 * Names what COPY and ADD take out of folders: paths, contents, modes and links, without times and after .dockerignore.
 * Files that are as they were when they were last read are not read again.
 */
export class ContextDigests {
  readonly #host: Host;
  readonly #contexts: Contexts;
  readonly #tarFiles: TarFiles;
  readonly #digests = new Map<string, Promise<string>>();

  constructor(cache: BuildCache, host: Host) {
    this.#host = host;
    this.#contexts = new Contexts(cache);
    this.#tarFiles = new TarFiles(cache, host);
  }

  /** @throws {Fault} COPY_SOURCE_MISSING, CONTEXT_MISSING, CONTEXT_UNREADABLE, CONTEXT_CHANGED */
  digest(request: ContextRequest, selection: ContextSelection): Promise<string> {
    return remembered(this.#digests, JSON.stringify([request, selection]), async () => {
      const tree = this.#contexts.open(request);
      const options = { ...selection, unpack: false, tarFiles: this.#tarFiles };
      // With the epoch at 0 no file time has a part in it: a fresh checkout has times of its own.
      const { key } = await contextPart(tree, options, { epochSeconds: 0, signal: this.#host.signal });
      return key;
    });
  }

  /** Keeps what was learnt for the next run. */
  save(): void {
    this.#contexts.save();
  }
}
