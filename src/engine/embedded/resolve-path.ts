import { posix } from 'node:path';
import { Fault } from '../../errors/fault.ts';
import type { FileTree } from './file-tree.ts';
import { cleanPath, joinPath } from './tree-path.ts';

/** As many as the Linux kernel's tools and BuildKit follow. */
const maxLinks = 255;

export interface ResolveOptions {
  /** Whether the last part is followed as well. Default: true. */
  readonly followLast?: boolean;
}

/**
 * The path that symlinks lead to, as if the tree were the root of the machine: neither `..` nor an absolute link
 * leaves it (the attack of a link to `/etc/shadow`). Parts that do not exist are kept as they are written.
 * @throws {Fault} SYMLINK_CYCLE
 */
export function resolvePath(tree: FileTree, path: string, { followLast = true }: ResolveOptions = {}): string {
  let pending = partsOf(cleanPath(path));
  let resolved = '';
  for (let links = 0; pending.length > 0; ) {
    const [part = '', ...rest] = pending;
    const candidate = joinPath(resolved, part);
    const node = rest.length > 0 || followLast ? tree.lookup(candidate) : undefined;
    if (node?.type !== 'symlink') {
      resolved = candidate;
      pending = rest;
      continue;
    }
    links += 1;
    if (links > maxLinks) throw cycleFault(path);
    pending = partsOf(linkedPath(resolved, node.linkTarget ?? '')).concat(rest);
    resolved = '';
  }
  return resolved;
}

function linkedPath(folder: string, target: string): string {
  return cleanPath(posix.isAbsolute(target) ? target : posix.join('/', folder, target));
}

function partsOf(path: string): string[] {
  return path === '' ? [] : path.split('/');
}

function cycleFault(path: string): Fault {
  return new Fault(
    'SYMLINK_CYCLE',
    `Cannot follow "/${cleanPath(path)}": more than ${maxLinks} symlinks lie on the way, expected them to end`,
    { where: { path: `/${cleanPath(path)}` } },
  );
}
