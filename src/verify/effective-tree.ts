import { posix } from 'node:path/posix';
import type { Binary } from '../binary/binary.ts';
import type { Digest } from '../oci/digest.ts';
import type { LayerFact, LayerFacts } from './layer-facts.ts';

export interface TreeLayer {
  readonly digest: Digest;
  readonly facts: LayerFacts;
}

/** A binary that a container of the image sees. */
export interface EffectiveBinary {
  /** Relative, without leading slash. */
  readonly path: string;
  readonly binary: Binary;
  /** The layer that brought it to this path. */
  readonly layer: Digest;
}

type Node =
  | { readonly kind: 'binary'; readonly binary: Binary; readonly layer: Digest }
  | { readonly kind: 'symlink'; readonly target: string };

/** More links in one path than a kernel follows. */
const mostLinks = 40;

/**
 * The binaries of an image after all its layers, lowest first: without what a higher layer removed, hid or replaced,
 * with hard links at each of their paths. Entries below a symbolic link to a directory lie where that points, as when
 * a layer is unpacked. Sorted by path.
 */
export function effectiveBinaries(layers: readonly TreeLayer[]): readonly EffectiveBinary[] {
  if (!layers.some(({ facts }) => facts.some(isBinary))) return [];
  const tree = new Tree();
  for (const { digest, facts } of layers) {
    for (const fact of facts) tree.hide(fact);
    for (const fact of facts) tree.add(fact, digest);
  }
  return tree.binaries();
}

function isBinary(fact: LayerFact): boolean {
  return typeof fact !== 'string' && fact.kind === 'binary';
}

/** The files of a growing stack of layers, as far as binaries depend on them. */
class Tree {
  readonly #nodes = new Map<string, Node>();
  /** How many nodes lie below each directory that has any. */
  readonly #below = new Map<string, number>();
  /** Answers of `#follow` since a symbolic link last came or went. */
  readonly #followed = new Map<string, string>();

  /** Applies a whiteout; of other facts nothing. */
  hide(fact: LayerFact): void {
    if (typeof fact === 'string' || (fact.kind !== 'removed' && fact.kind !== 'opaque')) return;
    const path = this.#resolveParents(fact.path);
    if (fact.kind === 'removed') this.#delete(path);
    this.#deleteBelow(fact.kind === 'opaque' ? this.#follow(fact.path) : path);
  }

  /** Applies an entry; of whiteouts nothing. */
  add(fact: LayerFact, layer: Digest): void {
    if (typeof fact === 'string') {
      this.#addOther(fact);
      return;
    }
    if (fact.kind === 'removed' || fact.kind === 'opaque') return;
    const linked = fact.kind === 'hardlink' ? this.#nodes.get(this.#resolveParents(fact.target)) : undefined;
    const path = this.#makeRoom(fact.path);
    this.#deleteBelow(path);
    if (fact.kind === 'binary') this.#set(path, { kind: 'binary', binary: fact.binary, layer });
    if (fact.kind === 'symlink') this.#set(path, { kind: 'symlink', target: fact.target });
    if (linked !== undefined) this.#set(path, linked.kind === 'binary' ? { ...linked, layer } : linked);
  }

  binaries(): readonly EffectiveBinary[] {
    return [...this.#nodes]
      .flatMap(([path, node]) => (node.kind === 'binary' ? [{ path, binary: node.binary, layer: node.layer }] : []))
      .sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  #addOther(fact: string): void {
    const isDirectory = fact.endsWith('/');
    const path = this.#makeRoom(isDirectory ? fact.slice(0, -1) : fact);
    if (!isDirectory) this.#deleteBelow(path);
  }

  /** Clears the place of an entry: what was there, and any file that stands where one of its directories must be. */
  #makeRoom(path: string): string {
    const place = this.#resolveParents(path);
    this.#delete(place);
    for (let folder = parentOf(place); folder !== '' && !this.#below.has(folder); folder = parentOf(folder)) {
      this.#delete(folder);
    }
    return place;
  }

  /** The place of an entry: its folder with every symbolic link followed, its own name as it is. */
  #resolveParents(path: string): string {
    const folder = parentOf(path);
    const place = this.#follow(folder);
    const name = folder === '' ? path : path.slice(folder.length + 1);
    return place === '' ? name : `${place}/${name}`;
  }

  /** The path with every symbolic link in it followed; within the image, whatever the links say. */
  #follow(path: string): string {
    const known = this.#followed.get(path);
    if (known !== undefined) return known;
    const steps = path.split('/').reverse();
    let place = '';
    for (let links = 0; steps.length > 0; ) {
      const step = steps.pop() ?? '';
      if (step === '') continue;
      const next = place === '' ? step : `${place}/${step}`;
      const node = this.#nodes.get(next);
      if (node?.kind !== 'symlink' || links >= mostLinks) place = next;
      else {
        links++;
        steps.push(...targetOf(next, node.target).split('/').reverse());
        place = '';
      }
    }
    this.#followed.set(path, place);
    return place;
  }

  #set(path: string, node: Node): void {
    this.#delete(path);
    this.#nodes.set(path, node);
    this.#count(path, 1);
    if (node.kind === 'symlink') this.#followed.clear();
  }

  #delete(path: string): void {
    const node = this.#nodes.get(path);
    if (node === undefined) return;
    this.#nodes.delete(path);
    this.#count(path, -1);
    if (node.kind === 'symlink') this.#followed.clear();
  }

  #deleteBelow(folder: string): void {
    if (folder !== '' && !this.#below.has(folder)) return;
    for (const path of this.#nodes.keys()) if (folder === '' || path.startsWith(`${folder}/`)) this.#delete(path);
  }

  #count(path: string, change: 1 | -1): void {
    for (let folder = parentOf(path); folder !== ''; folder = parentOf(folder)) {
      const count = (this.#below.get(folder) ?? 0) + change;
      if (count === 0) this.#below.delete(folder);
      else this.#below.set(folder, count);
    }
  }
}

/** The path of the folder that a path lies in; the root is empty. */
function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0));
}

/** Where a symbolic link points, from the root of the image; never above it. */
function targetOf(link: string, target: string): string {
  return posix.join('/', target.startsWith('/') ? '' : posix.dirname(link), target).slice(1);
}
