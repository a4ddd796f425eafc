import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { TarEntry } from '../../archive/tar-entry.ts';
import type { TarInput } from '../../archive/tar-writer.ts';
import { formatOpaque, formatWhiteout } from '../../archive/whiteout.ts';
import type { Digest } from '../../oci/digest.ts';
import type { FileNode } from './file-tree.ts';
import type { LayerChange } from './layer-tree.ts';

/** An entry of a layer in the making. */
export interface LayerEntry {
  readonly entry: TarEntry;
  /** What stands at the path once the layer is there; absent where the entry takes something away. */
  readonly node?: FileNode;
}

export interface LayerTimes {
  /** SOURCE_DATE_EPOCH in seconds: the time of every entry, as BuildKit sets it. */
  readonly epochSeconds?: number | undefined;
}

/**
 * The entries of a layer, ready to be written. What has no time of its own takes the newest of the others, so that the
 * same files always make the same layer.
 */
export function layOutLayer(changes: readonly LayerChange[], { epochSeconds }: LayerTimes): readonly LayerEntry[] {
  const newest = epochSeconds ?? newestSeconds(changes) ?? 0;
  const firstNames = new Map<string, string>();
  return changes.map((change) => {
    if (change.kind !== 'node') return { entry: whiteoutEntry(change, newest) };
    const { path } = change;
    const node = timed(change.node, epochSeconds ?? change.node.modifiedSeconds ?? newest);
    const linked = node.inode === undefined ? undefined : firstNames.get(linkKey(node));
    if (linked !== undefined) return { entry: hardLink(nodeEntry(path, node), linked), node };
    if (node.inode !== undefined) firstNames.set(linkKey(node), path);
    return { entry: nodeEntry(path, node), node };
  });
}

/** The newest time among the entries that have one of their own. */
export function newestSeconds(changes: readonly LayerChange[]): number | undefined {
  let newest: number | undefined;
  for (const change of changes) {
    const seconds = change.kind === 'node' ? change.node.modifiedSeconds : undefined;
    if (seconds !== undefined && (newest === undefined || seconds > newest)) newest = seconds;
  }
  return newest;
}

/**
 * Names a layer by all that decides its uncompressed bytes: equal names, equal tar. Reads what was not read before.
 * @throws {Fault} CONTEXT_UNREADABLE, CONTEXT_CHANGED
 */
export async function fingerprintLayer(entries: readonly LayerEntry[], signal: AbortSignal): Promise<Digest> {
  const hash = createHash('sha256');
  let lines = 'polyarch layer 1\n';
  for (const { entry, node } of entries) {
    lines += describeEntry(entry);
    if (entry.type === 'file' && node?.content !== undefined) {
      const digest = node.content.fingerprint();
      lines += typeof digest === 'string' ? digest : await digest;
    }
    if (lines.length < hashedAtOnce) continue;
    hash.update(lines);
    lines = '';
    // Small files are read without a promise; a signal must be heard all the same.
    await setImmediate();
    signal.throwIfAborted();
  }
  return `sha256:${hash.update(lines).digest('hex')}`;
}

/** Characters; a call for each entry would take longer than the hash. */
const hashedAtOnce = 64 * 1024;

/** The entries with their contents, opened one after the other as the writer asks for them. */
export function* tarInputs(entries: readonly LayerEntry[]): Generator<TarInput, void, undefined> {
  for (const { entry, node } of entries) {
    if (entry.sizeBytes === 0 || node?.content === undefined) yield { entry };
    else yield { entry, content: node.content.open() };
  }
}

/** All of an entry but its content, on a line of its own. */
function describeEntry(entry: TarEntry): string {
  const { path, type, mode, uid, gid, sizeBytes, modified, linkTarget = '', deviceMajor, deviceMinor, xattrs } = entry;
  const numbers = `${type} ${mode} ${uid} ${gid} ${sizeBytes} ${modified.seconds} ${deviceMajor ?? 0} ${deviceMinor ?? 0}`;
  const attributes = Array.from(xattrs ?? [], ([name, value]) => `${name}=${Buffer.from(value).toString('hex')}`);
  return `\n${numbers} ${JSON.stringify([path, linkTarget, ...attributes])} `;
}

type TimedNode = FileNode & { readonly modifiedSeconds: number };

function timed(node: FileNode, modifiedSeconds: number): TimedNode {
  return hasTime(node) && node.modifiedSeconds === modifiedSeconds ? node : { ...node, modifiedSeconds };
}

function hasTime(node: FileNode): node is TimedNode {
  return node.modifiedSeconds !== undefined;
}

function nodeEntry(path: string, node: TimedNode): TarEntry {
  return {
    path,
    type: node.type,
    mode: node.mode,
    uid: node.uid,
    gid: node.gid,
    sizeBytes: node.content?.sizeBytes ?? 0,
    modified: { seconds: node.modifiedSeconds, nanoseconds: 0 },
    ...(node.linkTarget === undefined ? {} : { linkTarget: node.linkTarget }),
    ...(node.deviceMajor === undefined ? {} : { deviceMajor: node.deviceMajor, deviceMinor: node.deviceMinor ?? 0 }),
    ...(node.capability === undefined ? {} : { xattrs: new Map([['security.capability', node.capability]]) }),
  };
}

function hardLink({ xattrs: _, ...entry }: TarEntry, linked: string): TarEntry {
  return { ...entry, type: 'hardlink', sizeBytes: 0, linkTarget: linked };
}

function linkKey(node: FileNode): string {
  return `${node.inode ?? ''} ${node.mode} ${node.uid} ${node.gid} ${node.modifiedSeconds ?? ''}`;
}

function whiteoutEntry(
  change: { readonly kind: 'removed' | 'opaque'; readonly path: string },
  seconds: number,
): TarEntry {
  const path = change.kind === 'removed' ? formatWhiteout(change.path) : formatOpaque(change.path);
  return { path, type: 'file', mode: 0, uid: 0, gid: 0, sizeBytes: 0, modified: { seconds, nanoseconds: 0 } };
}
