import { Fault } from '../../errors/fault.ts';
import type { FileContent } from './file-content.ts';
import type { FileNode } from './file-tree.ts';
import { nodeExtras } from './layer-merge.ts';
import type { LayerTree } from './layer-tree.ts';
import { makeDirectories } from './make-directories.ts';
import type { Owner } from './owner.ts';
import { resolvePath } from './resolve-path.ts';
import type { IndexedEntry } from './tar-index.ts';
import { baseName, isInside, joinPath, parentPath } from './tree-path.ts';

export interface UnpackOrder {
  /** Its name in messages. */
  readonly file: string;
  readonly entries: readonly IndexedEntry[];
  readonly content: (entry: IndexedEntry) => FileContent | undefined;
  /** Absolute; made where it is missing. */
  readonly destination: string;
  /** Owns everything instead of whom the archive names. */
  readonly owner?: Owner | undefined;
  /** Tells the hard links of this archive from all others. */
  readonly inodeScope: string;
}

/**
 * Unpacks an archive into an image as ADD does: owners and modes are the archive's, what stands in the way is replaced,
 * even a directory full of files. Links that the archive makes are followed inside the destination only.
 * @throws {Fault} COPY_CONFLICT, SYMLINK_CYCLE, ARCHIVE_MALFORMED
 */
export function unpackArchive(target: LayerTree, order: UnpackOrder): void {
  const root = resolvePath(target, order.destination);
  makeDirectories(target, root, { owner: order.owner });
  const inside = {
    lookup: (path: string) => target.lookup(path === '' ? root : joinPath(root, path)),
    children: (path: string) => target.children(path === '' ? root : joinPath(root, path)),
  };
  for (const indexed of order.entries) {
    const { entry } = indexed;
    if (entry.path === '.') continue;
    const folder = resolvePath(inside, parentPath(entry.path));
    makeDirectories(target, folder === '' ? root : joinPath(root, folder));
    const place = joinPath(folder, baseName(entry.path));
    const path = joinPath(root, place);
    if (entry.type === 'hardlink') {
      const linked = resolvePath(inside, entry.linkTarget ?? '', { followLast: false });
      target.put(path, linkedNode(target, order, { path, linked: joinPath(root, linked), entry: indexed }));
    } else target.put(path, nodeOf(order, indexed, path));
  }
}

function nodeOf(order: UnpackOrder, indexed: IndexedEntry, path: string): FileNode {
  const { entry } = indexed;
  const content = order.content(indexed);
  return {
    type: entry.type === 'hardlink' ? 'file' : entry.type,
    mode: entry.type === 'symlink' ? 0o777 : entry.mode,
    uid: order.owner?.uid ?? entry.uid,
    gid: order.owner?.gid ?? entry.gid,
    modifiedSeconds: Math.max(0, entry.modified.seconds),
    ...(content === undefined ? {} : { content, inode: `${order.inodeScope}:${path}` }),
    ...nodeExtras(entry),
  };
}

interface HardLink {
  readonly path: string;
  readonly linked: string;
  readonly entry: IndexedEntry;
}

function linkedNode(target: LayerTree, order: UnpackOrder, { path, linked, entry }: HardLink): FileNode {
  const node = target.lookup(linked);
  const isOurs = node?.inode?.startsWith(order.inodeScope) === true || node?.type === 'symlink';
  if (node !== undefined && node.type !== 'directory' && isOurs && !isInside(path, linked)) return node;
  throw new Fault(
    'ARCHIVE_MALFORMED',
    `Cannot unpack "${order.file}": "${entry.entry.path}" is a hard link to "${entry.entry.linkTarget ?? ''}", which is no earlier file of the archive`,
    { where: { path: order.file } },
  );
}
