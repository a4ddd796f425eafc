import type { FileContent } from './file-content.ts';

export type NodeType = 'file' | 'directory' | 'symlink' | 'character-device' | 'block-device' | 'fifo';

/** What a path of a tree is. */
export interface FileNode {
  readonly type: NodeType;
  /** Permission bits with setuid, setgid and sticky: at most 0o7777. Of symlinks always 0o777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Whole seconds since 1970. Absent for what a step makes itself: it takes the newest time of its layer. */
  readonly modifiedSeconds?: number;
  /** Set for files. */
  readonly content?: FileContent;
  /** Set for symlinks, exactly as stored. */
  readonly linkTarget?: string;
  readonly deviceMajor?: number;
  readonly deviceMinor?: number;
  /** The value of `security.capability`, the one extended attribute that BuildKit lets into a layer. */
  readonly capability?: Uint8Array;
  /** Files of one tree with the same value are names of the same inode. */
  readonly inode?: string;
}

/** Files by path, read without following symlinks. Paths are those of `tree-path.ts`. */
export interface FileTree {
  readonly lookup: (path: string) => FileNode | undefined;
  /** The names in a directory, sorted; empty for everything else. */
  readonly children: (path: string) => readonly string[];
}

/** The root that every tree has, even an empty one. */
export const rootNode: FileNode = { type: 'directory', mode: 0o755, uid: 0, gid: 0 };

/** A tree with nothing in it: what `FROM scratch` starts from. */
export const emptyTree: FileTree = {
  lookup: (path) => (path === '' ? rootNode : undefined),
  children: () => [],
};
