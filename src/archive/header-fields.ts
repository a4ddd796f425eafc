import type { TarEntryType } from './tar-entry.ts';

/** Every header, and the padding of every content, is a multiple of this many bytes. */
export const blockBytes = 512;

/** Where a field of a ustar header stands: [offset, length]. https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06 */
export type HeaderField = readonly [offset: number, length: number];

export const fields = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  typeFlag: [156, 1],
  linkName: [157, 100],
  magic: [257, 8],
  userName: [265, 32],
  groupName: [297, 32],
  deviceMajor: [329, 8],
  deviceMinor: [337, 8],
  prefix: [345, 155],
  trailer: [508, 4],
} as const satisfies Record<string, HeaderField>;

/** The type flags that the writer uses. */
export const typeFlags: Readonly<Record<TarEntryType, string>> = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  'character-device': '3',
  'block-device': '4',
  directory: '5',
  fifo: '6',
};

/** Bytes of zeros after a content of `sizeBytes` up to the next whole block. */
export function paddingBytes(sizeBytes: number): number {
  return (blockBytes - (sizeBytes % blockBytes)) % blockBytes;
}

/** The sum of all bytes of a header, its checksum field counted as spaces. */
export function headerChecksum(block: Uint8Array, start = 0): number {
  const field = start + fields.checksum[0];
  let sum = 8 * 0x20;
  for (let at = start; at < field; at++) sum += block[at] ?? 0;
  for (let at = field + 8; at < start + blockBytes; at++) sum += block[at] ?? 0;
  return sum;
}
