import type { TarEntry } from '../../archive/tar-entry.ts';
import { parseWhiteout } from '../../archive/whiteout.ts';
import { Fault } from '../../errors/fault.ts';
import type { FileContent } from './file-content.ts';
import { type FileNode, type FileTree, rootNode } from './file-tree.ts';
import { resolvePath } from './resolve-path.ts';
import type { IndexedEntry } from './tar-index.ts';
import { ancestorsOf, baseName, joinPath, parentPath } from './tree-path.ts';

/** A layer to be laid over those below it. */
export interface IndexedLayer {
  /** Its name in messages. */
  readonly file: string;
  readonly entries: readonly IndexedEntry[];
  readonly content: (entry: IndexedEntry) => FileContent | undefined;
}

/**
 * The files of an image: its layers, one laid over the other, after whiteouts. Links in the way of an entry are followed
 * inside the image, so that no layer reaches out of it.
 * https://github.com/opencontainers/image-spec/blob/v1.1.1/layer.md#applying-changesets
 * @throws {Fault} BASE_UNUSABLE, SYMLINK_CYCLE
 */
export function mergeLayers(layers: readonly IndexedLayer[]): FileTree {
  const tree = new MergedTree();
  for (const [number, layer] of layers.entries()) tree.apply(layer, number);
  return tree;
}

class MergedTree implements FileTree {
  readonly #nodes = new Map<string, FileNode>([['', rootNode]]);
  readonly #names = new Map<string, Set<string>>();
  /** Folders that are known to be reached without a link. */
  readonly #plain = new Set<string>(['']);

  lookup = (path: string): FileNode | undefined => this.#nodes.get(path);

  children = (path: string): readonly string[] => [...(this.#names.get(path) ?? [])].sort();

  apply(layer: IndexedLayer, number: number): void {
    const ours = new Set<string>();
    for (const indexed of layer.entries) {
      const { entry } = indexed;
      const whiteout = parseWhiteout(entry.path);
      if (whiteout?.kind === 'metadata') continue;
      if (whiteout !== undefined) {
        this.#hide(whiteout.path === '.' ? '' : this.#place(whiteout.path), {
          ours,
          opaque: whiteout.kind === 'opaque',
        });
        continue;
      }
      const path = entry.path === '.' ? '' : this.#place(entry.path);
      this.#put(path, this.#nodeOf(layer, indexed, `${number}:${path}`));
      ours.add(path);
    }
  }

  /** Where an entry comes to lie: the links above it followed, missing folders made. */
  #place(path: string): string {
    const folder = parentPath(path);
    const place = this.#plain.has(folder) ? folder : resolvePath(this, folder);
    for (const above of [...ancestorsOf(place), place]) {
      if (this.#nodes.get(above)?.type !== 'directory') this.#put(above, rootNode);
      this.#plain.add(above);
    }
    return joinPath(place, baseName(path));
  }

  #nodeOf(layer: IndexedLayer, indexed: IndexedEntry, inode: string): FileNode {
    const { entry } = indexed;
    if (entry.type === 'hardlink') return this.#linked(layer, entry);
    const content = layer.content(indexed);
    return {
      type: entry.type,
      mode: entry.type === 'symlink' ? 0o777 : entry.mode,
      uid: entry.uid,
      gid: entry.gid,
      modifiedSeconds: entry.modified.seconds,
      ...(content === undefined ? {} : { content, inode }),
      ...nodeExtras(entry),
    };
  }

  #linked(layer: IndexedLayer, { path, linkTarget = '' }: TarEntry): FileNode {
    const target = this.#nodes.get(resolvePath(this, linkTarget, { followLast: false }));
    if (target !== undefined && target.type !== 'directory') return target;
    throw new Fault(
      'BASE_UNUSABLE',
      `Cannot use the layer ${layer.file}: "${path}" is a hard link to "${linkTarget}", which is no file of the image`,
      { where: { path } },
    );
  }

  #put(path: string, node: FileNode): void {
    const before = this.#nodes.get(path);
    if (before !== undefined && !(before.type === 'directory' && node.type === 'directory')) this.#remove(path);
    this.#nodes.set(path, node);
    if (path === '') return;
    const folder = parentPath(path);
    const names = this.#names.get(folder) ?? new Set<string>();
    this.#names.set(folder, names.add(baseName(path)));
  }

  /** Takes away what lower layers hold; what the same layer put there stays. */
  #hide(path: string, { ours, opaque }: { readonly ours: ReadonlySet<string>; readonly opaque: boolean }): void {
    for (const name of this.children(path)) this.#hide(joinPath(path, name), { ours, opaque: false });
    if (!opaque && !ours.has(path) && (this.#names.get(path)?.size ?? 0) === 0) this.#remove(path);
  }

  #remove(path: string): void {
    for (const name of this.children(path)) this.#remove(joinPath(path, name));
    this.#nodes.delete(path);
    this.#names.delete(path);
    this.#plain.delete(path);
    this.#names.get(parentPath(path))?.delete(baseName(path));
  }
}

/** What only some kinds of entries have. */
export function nodeExtras(
  entry: TarEntry,
): Pick<FileNode, 'linkTarget' | 'deviceMajor' | 'deviceMinor' | 'capability'> {
  const capability = entry.xattrs?.get('security.capability');
  const isDevice = entry.type === 'character-device' || entry.type === 'block-device';
  return {
    ...(entry.type === 'symlink' ? { linkTarget: entry.linkTarget ?? '' } : {}),
    ...(isDevice ? { deviceMajor: entry.deviceMajor ?? 0, deviceMinor: entry.deviceMinor ?? 0 } : {}),
    ...(capability === undefined ? {} : { capability }),
  };
}
