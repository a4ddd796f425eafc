/** What an entry of a tar archive is. Sparse and contiguous files are read as `file`. */
export type TarEntryType = 'file' | 'directory' | 'symlink' | 'hardlink' | 'character-device' | 'block-device' | 'fifo';

/** A moment as the file system knows it: `seconds` since 1970 (may be negative) plus 0 to 999,999,999 `nanoseconds`. */
export interface TarTime {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/**
 * One entry of a tar archive without its content, independent of the dialect it is stored in.
 * `path` and `linkTarget` are UTF-8; a byte that is not is kept as the lone surrogate U+DC00 + byte (see `decodeText`).
 */
export interface TarEntry {
  /** Posix, relative, without leading or trailing slash; the root itself is `.`. The writer adds the slash of directories. */
  readonly path: string;
  readonly type: TarEntryType;
  /** Permission bits with setuid, setgid and sticky: at most 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly userName?: string;
  readonly groupName?: string;
  /** Bytes of content; 0 for everything but files. */
  readonly sizeBytes: number;
  readonly modified: TarTime;
  /** Target of a symlink exactly as stored; of a hard link the path of an entry before it, spelled as `path` is. */
  readonly linkTarget?: string;
  readonly deviceMajor?: number;
  readonly deviceMinor?: number;
  /** Extended attributes by full name (`security.capability`), byte for byte (`SCHILY.xattr.*`). */
  readonly xattrs?: ReadonlyMap<string, Uint8Array>;
  /** Every other pax record that no field above holds, byte for byte (`comment`, `LIBARCHIVE.*`). */
  readonly paxRecords?: ReadonlyMap<string, Uint8Array>;
}
