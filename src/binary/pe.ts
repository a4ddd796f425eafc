import type { Binary, BinaryKind, Machine } from './binary.ts';
import { type FileBytes, viewAt } from './file-bytes.ts';

/** `IMAGE_FILE_HEADER.Machine`. https://learn.microsoft.com/windows/win32/debug/pe-format#machine-types */
const machines: ReadonlyMap<number, readonly [string, 32 | 64]> = new Map([
  [0x014c, ['x86', 32]],
  [0x01c0, ['ARM', 32]],
  [0x01c2, ['ARM', 32]],
  [0x01c4, ['ARM', 32]],
  [0x0200, ['IA-64', 64]],
  [0x5032, ['RISC-V', 32]],
  [0x5064, ['RISC-V', 64]],
  [0x6264, ['LoongArch', 64]],
  [0x8664, ['x86-64', 64]],
  [0xa641, ['AArch64', 64]],
  [0xaa64, ['AArch64', 64]],
]);

/** Reads the header of a Windows executable or DLL; undefined where it is none. */
export function readPe(file: FileBytes): Binary | undefined {
  const dos = viewAt(file, 0, 64);
  if (dos?.getUint16(0) !== 0x4d5a) return undefined;
  const start = dos.getUint32(0x3c, true);
  const header = viewAt(file, start, 26);
  if (header?.getUint32(0) !== 0x50450000) return undefined;
  return {
    format: 'pe',
    kind: kindOf(header.getUint16(22, true)),
    machines: [machineOf(header.getUint16(4, true))],
    ...(isManaged(file, start + 24, header.getUint16(24, true)) ? { isManaged: true } : {}),
  };
}

function kindOf(characteristics: number): BinaryKind {
  if ((characteristics & 0x2000) !== 0) return 'shared-object';
  return (characteristics & 0x0002) !== 0 ? 'executable' : 'other';
}

function machineOf(code: number): Machine {
  const [name, bits] = machines.get(code) ?? [`machine 0x${code.toString(16)}`, 32];
  return { name, bits, endianness: 'little' };
}

/** Whether the fifteenth data directory, that of .NET, has a size. */
function isManaged(file: FileBytes, optionalHeader: number, magic: number): boolean {
  const directories = optionalHeader + (magic === 0x20b ? 112 : 96);
  const entry = viewAt(file, directories + 14 * 8, 8);
  const count = viewAt(file, directories - 4, 4)?.getUint32(0, true) ?? 0;
  return count > 14 && entry !== undefined && entry.getUint32(4, true) !== 0;
}
