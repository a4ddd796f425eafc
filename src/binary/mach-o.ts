import type { Binary, BinaryKind, Machine } from './binary.ts';
import { type FileBytes, viewAt } from './file-bytes.ts';

const kinds: Readonly<Record<number, BinaryKind>> = {
  1: 'object',
  2: 'executable',
  4: 'core',
  6: 'shared-object',
  7: 'shared-object',
  8: 'shared-object',
};

/** The `cputype` of `mach/machine.h`, without the bit for 64-bit. */
const names: Readonly<Record<number, string>> = { 7: 'x86', 12: 'ARM', 18: 'PowerPC' };
const wideNames: Readonly<Record<number, string>> = { 7: 'x86-64', 12: 'AArch64', 18: 'PowerPC64' };
const is64Bit = 0x01000000;

/** More architectures than any universal file has. A Java class begins with the same bytes, and then has 45 or more. */
const mostArchitectures = 20;

/** Reads the header of a macOS binary, of one architecture or universal; undefined where it is none. */
export function readMachO(file: FileBytes): Binary | undefined {
  const magic = viewAt(file, 0, 4)?.getUint32(0);
  if (magic === 0xcafebabe || magic === 0xcafebabf) return readUniversal(file, magic === 0xcafebabf);
  return readThin(file, 0);
}

function readThin(file: FileBytes, start: number): Binary | undefined {
  const view = viewAt(file, start, 16);
  const magic = view?.getUint32(0);
  if (view === undefined || magic === undefined) return undefined;
  const isBig = magic === 0xfeedface || magic === 0xfeedfacf;
  const isLittle = magic === 0xcefaedfe || magic === 0xcffaedfe;
  if (!isBig && !isLittle) return undefined;
  return {
    format: 'mach-o',
    kind: kinds[view.getUint32(12, isLittle)] ?? 'other',
    machines: [machineOf(view.getUint32(4, isLittle), isLittle)],
  };
}

/** The kind is that of the first part, where it is in reach; else it is taken for an executable. */
function readUniversal(file: FileBytes, isWide: boolean): Binary | undefined {
  const count = viewAt(file, 0, 8)?.getUint32(4) ?? 0;
  if (count === 0 || count > mostArchitectures) return undefined;
  const entrySize = isWide ? 32 : 20;
  const table = viewAt(file, 8, count * entrySize);
  if (table === undefined) return undefined;
  const machines = Array.from({ length: count }, (_, number) => machineOf(table.getUint32(number * entrySize), true));
  const first = readThin(file, isWide ? Number(table.getBigUint64(8)) : table.getUint32(8));
  return { format: 'mach-o', kind: first?.kind ?? 'executable', machines };
}

function machineOf(cpuType: number, isLittle: boolean): Machine {
  const isWide = (cpuType & is64Bit) !== 0;
  const name = (isWide ? wideNames : names)[cpuType & 0xffffff] ?? `machine 0x${cpuType.toString(16)}`;
  return { name, bits: isWide ? 64 : 32, endianness: isLittle && !name.startsWith('PowerPC') ? 'little' : 'big' };
}
