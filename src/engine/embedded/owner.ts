import { Fault } from '../../errors/fault.ts';
import type { FileTree } from './file-tree.ts';
import { readNode } from './read-node.ts';
import { resolvePath } from './resolve-path.ts';

/** Numbers that an entry of a layer belongs to. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** A user or group as written: a number, or a name that only the image can resolve. */
type Principal = { readonly kind: 'id'; readonly id: number } | { readonly kind: 'name'; readonly name: string };

/**
 * What `--chown=user[:group]` (or USER) means in an image: names are looked up in its own /etc/passwd and /etc/group.
 * A name that the files do not have is root, as in BuildKit; so is one where the file is missing.
 * @param tree Absent where there is no image to look into: the base is `scratch` and nothing was written yet.
 * @throws {Fault} OWNER_UNRESOLVABLE
 */
export async function resolveOwner(text: string, tree: FileTree | undefined): Promise<Owner> {
  const colon = text.indexOf(':');
  const user = parsePrincipal(colon < 0 ? text : text.slice(0, colon));
  const group = colon < 0 ? undefined : parsePrincipal(text.slice(colon + 1));
  const owner = user.kind === 'id' ? { uid: user.id, gid: user.id } : await userOf(text, user.name, tree);
  if (group === undefined) return owner;
  return { uid: owner.uid, gid: group.kind === 'id' ? group.id : await groupOf(text, group.name, tree) };
}

function parsePrincipal(text: string): Principal {
  if (text === 'root' || text === '') return { kind: 'id', id: 0 };
  return /^[+-]?\d+$/.test(text) && Math.abs(Number(text)) < 2 ** 31
    ? { kind: 'id', id: Number(text) }
    : { kind: 'name', name: text };
}

async function userOf(text: string, name: string, tree: FileTree | undefined): Promise<Owner> {
  for (const fields of await readAccounts(text, 'etc/passwd', tree)) {
    if (fields[0] === name) return { uid: numberOf(fields[2]), gid: numberOf(fields[3]) };
  }
  return { uid: 0, gid: 0 };
}

async function groupOf(text: string, name: string, tree: FileTree | undefined): Promise<number> {
  for (const fields of await readAccounts(text, 'etc/group', tree)) if (fields[0] === name) return numberOf(fields[2]);
  return 0;
}

async function readAccounts(text: string, path: string, tree: FileTree | undefined): Promise<readonly string[][]> {
  if (tree === undefined) {
    throw new Fault(
      'OWNER_UNRESOLVABLE',
      `Cannot find the owner "${text}": the image is empty and has no /${path}, expected numbers`,
    );
  }
  const node = tree.lookup(resolvePath(tree, path));
  if (node?.content === undefined) return [];
  const lines = Buffer.from(await readNode(node.content))
    .toString('utf8')
    .split('\n');
  return lines.map((line) => line.trim().split(':')).filter((fields) => fields.length > 1);
}

function numberOf(field: string | undefined): number {
  const number = Number(field ?? '');
  return Number.isInteger(number) ? number : 0;
}
