import { posix } from 'node:path';
import type { IgnoreMatcher, IgnoreVerdict } from '../../dockerfile/ignore-matcher.ts';
import { Fault } from '../../errors/fault.ts';
import type { ModeChange } from './chmod.ts';
import type { FileNode, FileTree } from './file-tree.ts';
import type { LayerTree } from './layer-tree.ts';
import { makeDirectories } from './make-directories.ts';
import type { Owner } from './owner.ts';
import { resolvePath } from './resolve-path.ts';
import { baseName, cleanPath, joinPath, parentPath } from './tree-path.ts';

/** Which paths below a copied directory are taken; paths are relative to it. */
export interface PathSelection {
  /** Takes what it matches; absent: everything. */
  readonly include?: IgnoreMatcher;
  /** Whether `include` can match something in a folder; spares the walk through all others. */
  readonly reaches?: (folder: string) => boolean;
  /** Leaves out what it matches; absent: nothing. */
  readonly exclude?: IgnoreMatcher;
}

/** One source of COPY or ADD, its wildcards already resolved. */
export interface CopyOrder {
  readonly source: FileTree;
  readonly path: string;
  /** Absolute. A slash, or `/.`, at the end asks for a directory. */
  readonly destination: string;
  /** Whether a source directory gives what it holds and not itself. */
  readonly contentsOnly: boolean;
  readonly owner?: Owner | undefined;
  readonly mode?: ModeChange | undefined;
  readonly selection?: PathSelection | undefined;
  /** Unique among the copies of a step: hard links are kept within one copy, never between two. */
  readonly inodeScope: string;
}

/**
 * Copies files and directories into an image as BuildKit does. Symlinks on the way to source and destination are
 * followed inside their trees; those found in a directory are copied.
 * @throws {Fault} COPY_SOURCE_MISSING, COPY_CONFLICT, SYMLINK_CYCLE
 */
export function copyFiles(target: LayerTree, order: CopyOrder): void {
  const { source, destination } = order;
  const made = { mode: directoryMode(order.mode), owner: order.owner };
  makeDirectories(target, resolvePath(target, folderToMake(destination)), made);
  const from = resolvePath(source, order.path);
  const node = source.lookup(from);
  if (node === undefined) throw missing(order.path);
  let to = resolvePath(target, destination);
  const there = target.lookup(to);
  const isDirectory = node.type === 'directory';
  const nests = isDirectory ? !order.contentsOnly && there !== undefined : there?.type === 'directory';
  if (nests) to = joinPath(to, baseName(order.path));
  makeDirectories(target, order.contentsOnly && isDirectory && there === undefined ? to : parentPath(to), made);
  new Copier(target, order).copyTop(from, node, to);
}

/** New directories get the mode of an octal `--chmod`, less what the umask of the builder takes. */
function directoryMode(mode: ModeChange | undefined): number {
  return mode?.absolute === undefined ? 0o755 : mode.absolute & 0o755;
}

function folderToMake(destination: string): string {
  const last = posix.basename(destination);
  return destination.endsWith('/') || last === '.' ? destination : posix.dirname(destination);
}

interface PendingFolder {
  readonly node: FileNode;
  readonly to: string;
  copied: boolean;
}

interface Place {
  readonly from: string;
  readonly to: string;
  /** Relative to the copied directory. */
  readonly relative: string;
  readonly included: IgnoreVerdict | undefined;
  readonly excluded: IgnoreVerdict | undefined;
}

class Copier {
  readonly #target: LayerTree;
  readonly #order: CopyOrder;
  /** The directories above the place being copied, outermost first. */
  readonly #folders: PendingFolder[] = [];

  constructor(target: LayerTree, order: CopyOrder) {
    this.#target = target;
    this.#order = order;
  }

  copyTop(from: string, node: FileNode, to: string): void {
    if (node.type !== 'directory') {
      this.#putFile(node, to);
      return;
    }
    const there = this.#target.lookup(to);
    if (there !== undefined && there.type !== 'directory') throw conflict(to, 'a directory', there);
    // A directory that stands keeps its owner and mode; only its time becomes that of the source.
    this.#target.put(to, there === undefined ? this.#withInfo(node) : withTime(there, node.modifiedSeconds));
    const place = { from, to, relative: '', included: undefined, excluded: undefined };
    this.#copyChildren(place, { node, to, copied: true });
  }

  #copyChildren(place: Place, folder: PendingFolder): void {
    this.#folders.push(folder);
    for (const name of this.#order.source.children(place.from)) {
      this.#copyBelow({
        ...place,
        from: joinPath(place.from, name),
        to: joinPath(place.to, name),
        relative: joinPath(place.relative, name),
      });
    }
    this.#folders.pop();
  }

  #copyBelow(place: Place): void {
    const { include, exclude, reaches } = this.#order.selection ?? {};
    const included = include?.judge(place.relative, place.included);
    const excluded = exclude?.judge(place.relative, place.excluded);
    const isExcluded = excluded?.ignored === true;
    const taken = included?.ignored !== false && !isExcluded;
    if (isExcluded && exclude?.hasExceptions !== true) return;
    if (!taken && reaches?.(place.relative) === false) return;
    const node = this.#order.source.lookup(place.from);
    if (node === undefined || (!taken && node.type !== 'directory')) return;
    if (taken) this.#makeFolders();
    if (node.type !== 'directory') {
      this.#putFile(node, place.to);
      return;
    }
    if (taken) this.#putDirectory(node, place.to);
    const below = { ...place, included, excluded };
    this.#copyChildren(below, { node, to: place.to, copied: taken });
  }

  /** Makes the folders that patterns did not take themselves, now that something in them is taken. */
  #makeFolders(): void {
    for (const folder of this.#folders) {
      if (folder.copied) continue;
      folder.copied = true;
      const there = this.#target.lookup(folder.to);
      if (there === undefined) this.#target.put(folder.to, this.#withInfo(folder.node));
      else if (there.type !== 'directory') throw conflict(folder.to, 'a directory', there);
      else this.#target.put(folder.to, { ...there, mode: folder.node.mode });
    }
  }

  #putDirectory(node: FileNode, to: string): void {
    const there = this.#target.lookup(to);
    if (there !== undefined && there.type !== 'directory') throw conflict(to, 'a directory', there);
    this.#target.put(to, this.#withInfo(node));
  }

  #putFile(node: FileNode, to: string): void {
    const there = this.#target.lookup(to);
    if (there?.type === 'directory') throw conflict(to, `a ${node.type}`, there);
    this.#target.put(to, this.#withInfo(node));
  }

  #withInfo(node: FileNode): FileNode {
    const { owner, mode, inodeScope } = this.#order;
    if (owner === undefined && mode === undefined && node.inode === undefined) return node;
    return {
      ...node,
      mode: node.type === 'symlink' ? node.mode : (mode?.apply(node.mode, node.type === 'directory') ?? node.mode),
      uid: owner?.uid ?? node.uid,
      gid: owner?.gid ?? node.gid,
      ...(node.inode === undefined ? {} : { inode: `${inodeScope}:${node.inode}` }),
    };
  }
}

function withTime(node: FileNode, modifiedSeconds: number | undefined): FileNode {
  return modifiedSeconds === undefined ? node : { ...node, modifiedSeconds };
}

function missing(path: string): Fault {
  return new Fault(
    'COPY_SOURCE_MISSING',
    `Cannot copy "/${cleanPath(path)}": it does not exist, expected a file or directory`,
    {
      where: { path: `/${cleanPath(path)}` },
    },
  );
}

function conflict(to: string, what: string, there: FileNode): Fault {
  const found = there.type === 'directory' ? 'a directory' : `a ${there.type}`;
  return new Fault(
    'COPY_CONFLICT',
    `Cannot write ${what} to "/${to}": there is ${found} in the image, expected nothing of another kind`,
    {
      where: { path: `/${to}` },
    },
  );
}
