import type { Binary } from './binary.ts';
import { readElf } from './elf.ts';
import type { FileBytes } from './file-bytes.ts';
import { readMachO } from './mach-o.ts';
import { readPe } from './pe.ts';

/**
 * How much of the beginning of a file is needed, in bytes. The headers and the name of the interpreter lie in the
 * first page of nearly every binary; with 64 KiB small files are seen whole.
 */
export const headBytes = 64 * 1024;

/** How much of the end of a file is needed where `needsTail` says so, in bytes. */
export const tailBytes = 64 * 1024;

/** The first bytes by which `mayBeBinary` decides. */
export const magicBytes = 4;

/** ELF, and Mach-O of both widths and byte orders and universal. */
const magics: ReadonlySet<number> = new Set([
  0x7f454c46, 0xfeedface, 0xfeedfacf, 0xcefaedfe, 0xcffaedfe, 0xcafebabe, 0xcafebabf,
]);

/** Whether a file that begins so can be a binary at all; of all others nothing more need be read. */
export function mayBeBinary(start: Uint8Array): boolean {
  const [a = 0, b = 0, c = 0, d = 0] = start;
  return (a === 0x4d && b === 0x5a) || magics.has(((a << 24) | (b << 16) | (c << 8) | d) >>> 0);
}

/** Whether the end of the file says more: 32-bit ARM keeps the version it needs among the last sections. */
export function needsTail(head: Uint8Array): boolean {
  return readElf({ head })?.machines[0]?.arm !== undefined;
}

/**
 * Reads what a file says that it is; undefined where it is no binary. Never throws and never reads outside of what it
 * is given, whatever the offsets in the file say. Files are never run.
 */
export function readBinary(file: Uint8Array | FileBytes): Binary | undefined {
  const bytes = file instanceof Uint8Array ? { head: file } : file;
  if (!mayBeBinary(bytes.head)) return undefined;
  return readElf(bytes) ?? readPe(bytes) ?? readMachO(bytes);
}
