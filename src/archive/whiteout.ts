import { posix } from 'node:path';

/** https://github.com/opencontainers/image-spec/blob/v1.1.1/layer.md#whiteouts */
const prefix = '.wh.';
const opaqueName = '.wh..wh..opq';

/** What an entry says about the layers below it. */
export type Whiteout =
  /** `path` and all below it is gone. */
  | { readonly kind: 'removed'; readonly path: string }
  /** The directory `path` stays, but hides what lower layers hold in it. */
  | { readonly kind: 'opaque'; readonly path: string }
  /** A note of an old graph driver (`.wh..wh.plnk`), or a whiteout of nothing, `.` or `..`; to be ignored. */
  | { readonly kind: 'metadata'; readonly path: string };

/**
 * Reads the path of a layer's entry as a whiteout; undefined where it is an ordinary entry. The root is `.`. Never names
 * a path outside the folder of the entry: `.wh...` would remove the parent of it.
 */
export function parseWhiteout(path: string): Whiteout | undefined {
  const name = posix.basename(path);
  if (!name.startsWith(prefix)) return undefined;
  const folder = posix.dirname(path);
  if (name === opaqueName) return { kind: 'opaque', path: folder };
  const removed = name.slice(prefix.length);
  if (removed.startsWith(prefix) || removed === '' || removed === '.' || removed === '..')
    return { kind: 'metadata', path };
  return { kind: 'removed', path: posix.join(folder, removed) };
}

/** The path of the entry that removes `path`. */
export function formatWhiteout(path: string): string {
  return posix.join(posix.dirname(path), prefix + posix.basename(path));
}

/** The path of the entry that makes the directory `folder` hide what lower layers hold in it. */
export function formatOpaque(folder: string): string {
  return posix.join(folder, opaqueName);
}
