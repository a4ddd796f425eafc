import { emptyTree, type FileNode, type FileTree } from './file-tree.ts';
import { ancestorsOf, baseName, comparePaths, isInside, joinPath, parentPath } from './tree-path.ts';

/** One entry of the layer that a step makes. */
export type LayerChange =
  | { readonly kind: 'node'; readonly path: string; readonly node: FileNode }
  /** The path of the base is gone. */
  | { readonly kind: 'removed'; readonly path: string }
  /** The directory hides what the base holds in it. */
  | { readonly kind: 'opaque'; readonly path: string };

/**
 * A tree that is written over another one, which stays as it is. What was written is the content of a layer.
 * The directories that lead to a change are part of the layer, as in BuildKit's: engines that unpack a layer without
 * looking at the one below would otherwise make them anew, with the wrong mode.
 */
export class LayerTree implements FileTree {
  readonly #base: FileTree;
  readonly #written = new Map<string, FileNode>();
  readonly #names = new Map<string, Set<string>>();
  /** Paths at and below which nothing of the base is seen. */
  readonly #hidden = new Set<string>();

  constructor(base: FileTree = emptyTree) {
    this.#base = base;
  }

  lookup = (path: string): FileNode | undefined => this.#written.get(path) ?? this.#baseNode(path);

  children = (path: string): readonly string[] => {
    const written = this.#names.get(path);
    const below = this.#hides(path) ? [] : this.#base.children(path);
    if (written === undefined && this.#hidden.size === 0) return below;
    const kept = below.filter((name) => !this.#hidden.has(joinPath(path, name)));
    return [...new Set([...kept, ...(written ?? [])])].sort();
  };

  /** Makes a path be this node; the root stays as it is. A directory that is put where one stands keeps what it holds; all else is replaced. */
  put(path: string, node: FileNode): void {
    // The root has no entry in a layer.
    if (path === '') return;
    const before = this.lookup(path);
    if (before?.type === 'directory' && node.type !== 'directory') this.remove(path);
    this.#written.set(path, node);
    this.#name(path);
  }

  /** Takes a path away with all below it. */
  remove(path: string): void {
    this.#forget(path);
    if (this.#baseNode(path) === undefined) return;
    for (const hidden of this.#hidden) if (isInside(hidden, path)) this.#hidden.delete(hidden);
    this.#hidden.add(path);
  }

  /** The layer: every change, folders before what lies in them. */
  changes(): readonly LayerChange[] {
    const changes: LayerChange[] = [...this.#hidden].flatMap((path): LayerChange[] => this.#hidingOf(path));
    const nodes = new Map(this.#written);
    for (const path of [...this.#written.keys(), ...changes.map((change) => change.path)]) {
      for (const folder of ancestorsOf(path)) if (!nodes.has(folder)) this.#addFolder(nodes, folder);
    }
    for (const [path, node] of nodes) changes.push({ kind: 'node', path, node });
    return changes.sort((a, b) => comparePaths(a.path, b.path) || (a.kind === 'node' ? -1 : 1));
  }

  /** Takes over what the layer says of its entries, so that the tree is what somebody would find who unpacks it. */
  settle(nodes: Iterable<readonly [path: string, node: FileNode]>): void {
    for (const [path, node] of nodes) this.put(path, node);
  }

  #hidingOf(path: string): LayerChange[] {
    const node = this.#written.get(path);
    if (node === undefined) return [{ kind: 'removed', path }];
    const wasFolder = this.#base.lookup(path)?.type === 'directory';
    return wasFolder && node.type === 'directory' ? [{ kind: 'opaque', path }] : [];
  }

  /** A folder of the base that a change lies in; its time is that of the layer, so that equal layers are equal bytes. */
  #addFolder(nodes: Map<string, FileNode>, path: string): void {
    const node = this.#base.lookup(path);
    if (node === undefined) return;
    const { modifiedSeconds: _, ...rest } = node;
    nodes.set(path, rest);
  }

  #forget(path: string): void {
    for (const name of this.#names.get(path) ?? []) this.#forget(joinPath(path, name));
    this.#names.delete(path);
    this.#names.get(parentPath(path))?.delete(baseName(path));
    this.#written.delete(path);
  }

  /** Makes what is written be found from the root, through the folders of the base that lead to it. */
  #name(path: string): void {
    if (path === '') return;
    const folder = parentPath(path);
    const names = this.#names.get(folder);
    if (names?.has(baseName(path)) === true) return;
    this.#names.set(folder, (names ?? new Set()).add(baseName(path)));
    this.#name(folder);
  }

  #baseNode(path: string): FileNode | undefined {
    return this.#hides(path) ? undefined : this.#base.lookup(path);
  }

  #hides(path: string): boolean {
    if (this.#hidden.size === 0) return false;
    return this.#hidden.has(path) || ancestorsOf(path).some((folder) => this.#hidden.has(folder));
  }
}
