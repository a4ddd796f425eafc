import { type BigIntStats, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { decodeText, encodeText } from '../../archive/tar-text.ts';
import type { IgnoreMatcher, IgnoreVerdict } from '../../dockerfile/ignore-matcher.ts';
import { isFault } from '../../errors/fault.ts';
import { unreadable } from './context-fault.ts';
import { diskContent } from './disk-content.ts';
import { type FileNode, type FileTree, type NodeType, rootNode } from './file-tree.ts';
import type { StatIndex } from './stat-index.ts';
import { joinPath, parentPath, rootPath } from './tree-path.ts';

export interface ContextOptions {
  /** The folder, absolute. */
  readonly root: string;
  readonly index: StatIndex;
  /** What .dockerignore leaves out. Default: nothing. */
  readonly ignore?: IgnoreMatcher | undefined;
}

/** What was found at a path. */
interface Visit {
  readonly node: FileNode;
  /** What the ignore rules said of it; its children are judged by it. */
  readonly verdict: IgnoreVerdict | undefined;
}

/**
 * The files of a folder as BuildKit's client sends them: owned by root, sockets and what .dockerignore names left out.
 * Only what is asked for is looked at, once. A path is never followed out of the folder: links are seen as links.
 */
export class ContextTree implements FileTree {
  readonly #options: ContextOptions;
  /** With a slash at its end. */
  readonly #root: string;
  readonly #visits = new Map<string, Visit | undefined>();
  readonly #names = new Map<string, readonly string[]>();

  constructor(options: ContextOptions) {
    this.#options = options;
    this.#root = join(options.root, '/');
    this.#visits.set(rootPath, { node: rootNode, verdict: undefined });
  }

  /** @throws {Fault} CONTEXT_UNREADABLE */
  lookup = (path: string): FileNode | undefined => {
    const visit = this.#visit(path);
    if (visit?.verdict?.ignored !== true) return visit?.node;
    return this.#keepsSomething(path, visit.node) ? visit.node : undefined;
  };

  /** @throws {Fault} CONTEXT_UNREADABLE */
  children = (path: string): readonly string[] => {
    const visit = this.#visit(path);
    if (visit?.node.type !== 'directory') return [];
    const names = this.#list(path);
    if (this.#options.ignore === undefined) return names;
    return names.filter((name) => this.lookup(joinPath(path, name)) !== undefined);
  };

  /** Whether the ignore rules are why there is nothing at a path. */
  isIgnored(path: string): boolean {
    return this.#visit(path)?.verdict?.ignored === true && this.lookup(path) === undefined;
  }

  /** An ignored directory is there when an exception keeps something in it. */
  #keepsSomething(path: string, node: FileNode): boolean {
    if (node.type !== 'directory' || this.#options.ignore?.mayHoldExceptions(path) !== true) return false;
    try {
      return this.#list(path).some((name) => this.lookup(joinPath(path, name)) !== undefined);
    } catch (error) {
      // What is left out anyway need not be readable.
      if (isFault(error, 'CONTEXT_UNREADABLE')) return false;
      throw error;
    }
  }

  #visit(path: string): Visit | undefined {
    if (!this.#visits.has(path)) this.#visits.set(path, this.#look(path));
    return this.#visits.get(path);
  }

  #look(path: string): Visit | undefined {
    const parent = this.#visit(parentPath(path));
    if (parent?.node.type !== 'directory') return undefined;
    const node = this.#read(path);
    return node === undefined ? undefined : { node, verdict: this.#options.ignore?.judge(path, parent.verdict) };
  }

  #read(path: string): FileNode | undefined {
    const file = this.#file(path);
    try {
      const stats = lstatSync(file, { bigint: true, throwIfNoEntry: false });
      return stats === undefined ? undefined : this.#nodeOf(path, file, stats);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw unreadable(path, error);
    }
  }

  #nodeOf(path: string, file: string | Buffer, stats: BigIntStats): FileNode | undefined {
    const type = typeOf(stats);
    if (type === undefined) return undefined;
    const base = {
      type,
      mode: type === 'symlink' ? 0o777 : modeOf(stats),
      uid: 0,
      gid: 0,
      modifiedSeconds: Math.floor(Number(stats.mtimeNs / 1_000_000n) / 1000),
    };
    if (type === 'symlink') return { ...base, linkTarget: decodeText(readlinkSync(file, 'buffer')) };
    if (type === 'character-device' || type === 'block-device') return { ...base, ...deviceNumbers(stats.rdev) };
    if (type !== 'file') return base;
    const stamp = {
      sizeBytes: Number(stats.size),
      modifiedNs: stats.mtimeNs,
      changedNs: stats.ctimeNs,
      inode: stats.ino,
    };
    const content = diskContent({ file, path, stamp, index: this.#options.index });
    return { ...base, content, ...(stats.nlink > 1n ? { inode: `${stats.dev}:${stats.ino}` } : {}) };
  }

  #list(path: string): readonly string[] {
    const known = this.#names.get(path);
    if (known !== undefined) return known;
    const names = this.#readNames(path);
    this.#names.set(path, names);
    return names;
  }

  #readNames(path: string): readonly string[] {
    const file = this.#file(path);
    try {
      const names = readdirSync(file);
      // Node decodes what is no UTF-8 with losses; such a folder is read again as bytes.
      const exact = names.some((name) => name.includes('\ufffd'))
        ? readdirSync(file, { encoding: 'buffer' }).map((name) => decodeText(name))
        : names;
      return exact.sort();
    } catch (error) {
      if (isMissing(error)) return [];
      throw unreadable(path, error);
    }
  }

  #file(path: string): string | Buffer {
    const file = path === rootPath ? this.#options.root : `${this.#root}${path}`;
    return oddName.test(path) ? Buffer.from(encodeText(file)) : file;
  }
}

/** A name with bytes that are no UTF-8, as `decodeText` keeps them. */
const oddName = /[\udc80-\udcff]/;

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

/** Undefined for sockets, which no image can hold. */
function typeOf(stats: BigIntStats): NodeType | undefined {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'symlink';
  if (stats.isFIFO()) return 'fifo';
  if (stats.isCharacterDevice()) return 'character-device';
  return stats.isBlockDevice() ? 'block-device' : undefined;
}

/** Windows knows no permission bits; there every file is executable, as with Docker. */
function modeOf(stats: BigIntStats): number {
  return process.platform === 'win32' ? 0o755 : Number(stats.mode & 0o7777n);
}

/** How Linux packs device numbers into `dev_t`. */
function deviceNumbers(device: bigint): { readonly deviceMajor: number; readonly deviceMinor: number } {
  return {
    deviceMajor: Number(((device >> 8n) & 0xfffn) | ((device >> 32n) & ~0xfffn)),
    deviceMinor: Number((device & 0xffn) | ((device >> 12n) & ~0xffn)),
  };
}
