import { Fault } from '../../errors/fault.ts';
import type { FileNode } from './file-tree.ts';
import type { LayerTree } from './layer-tree.ts';
import type { Owner } from './owner.ts';
import { ancestorsOf } from './tree-path.ts';

export interface MakeOptions {
  /** Permission bits. Default: 0o755. */
  readonly mode?: number;
  /** Default: root. */
  readonly owner?: Owner | undefined;
}

/**
 * Makes a directory and all that are missing above it; what is there already is left alone. The path must be resolved.
 * @throws {Fault} COPY_CONFLICT
 */
export function makeDirectories(tree: LayerTree, path: string, { mode = 0o755, owner }: MakeOptions = {}): void {
  if (path === '') return;
  for (const folder of [...ancestorsOf(path), path]) {
    const before = tree.lookup(folder);
    if (before === undefined) tree.put(folder, madeDirectory(mode, owner));
    else if (before.type !== 'directory') throw notDirectory(folder, before);
  }
}

function madeDirectory(mode: number, owner: Owner | undefined): FileNode {
  return { type: 'directory', mode, uid: owner?.uid ?? 0, gid: owner?.gid ?? 0 };
}

function notDirectory(path: string, { type }: FileNode): Fault {
  return new Fault(
    'COPY_CONFLICT',
    `Cannot make the directory "/${path}": there is a ${type} in the image, expected nothing or a directory`,
    { where: { path: `/${path}` } },
  );
}
