import { posix } from 'node:path/posix';
import type { Binary } from '../binary/binary.ts';
import type { FileBytes } from '../binary/file-bytes.ts';
import { readBinary } from '../binary/read-binary.ts';

/** Changes with every change of what is collected, so that facts kept by layer digest are not read wrongly. */
export const layerFactsVersion = 1;

/** What is looked at of an entry of a layer's tar; a tar entry of `archive/` is one. */
export interface LayerEntry {
  readonly path: string;
  /** `file`, `directory`, `symlink`, `hardlink`; all others are special files. */
  readonly type: string;
  readonly linkTarget?: string;
}

/**
 * What one entry of a layer does to the tree. Paths are relative, without leading or trailing slash.
 * A plain text is a file that is no binary; a text that ends with a slash is a directory.
 */
export type LayerFact =
  | string
  | { readonly kind: 'binary'; readonly path: string; readonly binary: Binary }
  | { readonly kind: 'hardlink'; readonly path: string; readonly target: string }
  | { readonly kind: 'symlink'; readonly path: string; readonly target: string }
  /** The path of a lower layer, and all below it, is gone. */
  | { readonly kind: 'removed'; readonly path: string }
  /** The directory hides all that lower layers hold in it. */
  | { readonly kind: 'opaque'; readonly path: string };

/** The facts of one layer in the order of its entries. Plain JSON: may be kept by the digest of the layer. */
export type LayerFacts = readonly LayerFact[];

/**
 * What must be remembered of one entry; undefined where nothing must. Of a file, pass its first `headBytes` bytes,
 * and its last `tailBytes` where `needsTail` says so (all in `binary/read-binary.ts`); a file that `mayBeBinary`
 * refuses by its first four bytes needs no more than those.
 */
export function collectLayerFact(entry: LayerEntry, content?: Uint8Array | FileBytes): LayerFact | undefined {
  const path = cleanPath(entry.path);
  if (path === '') return undefined;
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (name.startsWith('.wh.')) return whiteoutOf(path, name);
  switch (entry.type) {
    case 'directory':
      return `${path}/`;
    case 'hardlink':
      return { kind: 'hardlink', path, target: cleanPath(entry.linkTarget ?? '') };
    case 'symlink':
      return { kind: 'symlink', path, target: entry.linkTarget ?? '' };
    default: {
      const binary = content === undefined ? undefined : readBinary(content);
      return binary === undefined ? path : { kind: 'binary', path, binary };
    }
  }
}

/** https://github.com/opencontainers/image-spec/blob/v1.1.1/layer.md#whiteouts */
function whiteoutOf(path: string, name: string): LayerFact | undefined {
  const folder = cleanPath(posix.dirname(path));
  if (name === '.wh..wh..opq') return { kind: 'opaque', path: folder };
  if (name.startsWith('.wh..wh.')) return undefined;
  return { kind: 'removed', path: cleanPath(posix.join(folder, name.slice('.wh.'.length))) };
}

/** A path as it lies in the image, whatever dots and slashes it is written with; the root is empty. */
function cleanPath(path: string): string {
  if (!/^[./]|\/(?:[./]|$)/.test(path)) return path;
  return posix.join('/', path).replace(/^\/+|\/+$/g, '');
}
