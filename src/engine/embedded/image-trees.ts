import type { BaseImages } from './base-images.ts';
import type { BuiltLayer } from './built-layer.ts';
import type { BuildCache } from './cache.ts';
import { emptyTree, type FileTree } from './file-tree.ts';
import { emptyChain, type ImageState } from './image-state.ts';
import { type IndexedLayer, mergeLayers } from './layer-merge.ts';
import type { TarFiles } from './tar-files.ts';

/** The root file systems of images, by their chain: read from the indexes of their layers, never unpacked. */
export class ImageTrees {
  readonly #cache: BuildCache;
  readonly #tarFiles: TarFiles;
  readonly #bases: BaseImages;
  readonly #trees = new Map<string, Promise<FileTree>>();

  constructor(cache: BuildCache, { tarFiles, bases }: { readonly tarFiles: TarFiles; readonly bases: BaseImages }) {
    this.#cache = cache;
    this.#tarFiles = tarFiles;
    this.#bases = bases;
  }

  /** The files of an image, once its layers have come. @throws {Fault} BASE_UNUSABLE, ARCHIVE_MALFORMED, SYMLINK_CYCLE */
  open({ chain, layers }: Pick<ImageState, 'chain' | 'layers'>): Promise<FileTree> {
    if (chain === emptyChain) return Promise.resolve(emptyTree);
    const known = this.#trees.get(chain);
    if (known !== undefined) return known;
    const opening = this.#merge(layers);
    this.#trees.set(chain, opening);
    return opening;
  }

  /** Remembers the files of an image that was just made, so that its layers need not be read again. */
  keep(chain: string, tree: FileTree): void {
    if (!this.#trees.has(chain)) this.#trees.set(chain, Promise.resolve(tree));
  }

  async #merge(layers: readonly BuiltLayer[]): Promise<FileTree> {
    await this.#bases.ready(layers.map(({ descriptor }) => descriptor.digest));
    const indexed: IndexedLayer[] = [];
    for (const { descriptor, diffId } of layers) {
      const blob = {
        digest: descriptor.digest,
        file: descriptor.digest,
        diffId,
        open: () => this.#cache.store.read(descriptor),
      };
      const { entries } = await this.#tarFiles.index(blob);
      indexed.push({ file: blob.file, entries, content: (entry) => this.#tarFiles.content(blob, entry) });
    }
    return mergeLayers(indexed);
  }
}
