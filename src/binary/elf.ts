import { readArmAttributes } from './arm-attributes.ts';
import type { ArmTraits, Binary, BinaryKind, Machine } from './binary.ts';
import { type FileBytes, printableText, viewAt } from './file-bytes.ts';
import { elfMachineName } from './machines.ts';

/** The fields of an ELF header that are looked at. https://www.sco.com/developers/gabi/latest/ch4.eheader.html */
interface ElfHeader {
  readonly bits: 32 | 64;
  readonly isLittleEndian: boolean;
  readonly type: number;
  readonly machine: number;
  readonly flags: number;
  readonly segments: Table;
  readonly sections: Table;
}

interface Table {
  readonly offset: number;
  readonly entrySize: number;
  readonly count: number;
}

const segmentInterpreter = 3;
const sectionArmAttributes = 0x70000003;
/** More segments, sections or bytes of attributes than any real file has. */
const mostEntries = 2048;
const longestAttributes = 4096;
const longestPath = 4096;

const kinds: Readonly<Record<number, BinaryKind>> = { 1: 'object', 2: 'executable', 3: 'shared-object', 4: 'core' };

/** Reads the ELF header of a file; undefined where it is not ELF or ends within the header. */
export function readElf(file: FileBytes): Binary | undefined {
  const header = readHeader(file);
  if (header === undefined) return undefined;
  const interpreter = readInterpreter(file, header);
  return {
    format: 'elf',
    kind: kinds[header.type] ?? 'other',
    machines: [machineOf(file, header, interpreter)],
    ...(interpreter === undefined ? {} : { interpreter }),
  };
}

function readHeader(file: FileBytes): ElfHeader | undefined {
  const ident = viewAt(file, 0, 16);
  if (ident?.getUint32(0) !== 0x7f454c46) return undefined;
  const [elfClass, data] = [ident.getUint8(4), ident.getUint8(5)];
  if ((elfClass !== 1 && elfClass !== 2) || (data !== 1 && data !== 2)) return undefined;
  const isLittleEndian = data === 1;
  const view = viewAt(file, 0, elfClass === 1 ? 52 : 64);
  if (view === undefined) return undefined;
  const common = {
    isLittleEndian,
    type: view.getUint16(16, isLittleEndian),
    machine: view.getUint16(18, isLittleEndian),
  };
  return elfClass === 1
    ? {
        ...common,
        bits: 32,
        flags: view.getUint32(36, isLittleEndian),
        segments: tableAt(view, isLittleEndian, { offset: view.getUint32(28, isLittleEndian), sizes: 42 }),
        sections: tableAt(view, isLittleEndian, { offset: view.getUint32(32, isLittleEndian), sizes: 46 }),
      }
    : {
        ...common,
        bits: 64,
        flags: view.getUint32(48, isLittleEndian),
        segments: tableAt(view, isLittleEndian, { offset: wide(view, 32, isLittleEndian), sizes: 54 }),
        sections: tableAt(view, isLittleEndian, { offset: wide(view, 40, isLittleEndian), sizes: 58 }),
      };
}

function tableAt(
  view: DataView,
  isLittleEndian: boolean,
  { offset, sizes }: { readonly offset: number; readonly sizes: number },
): Table {
  return { offset, entrySize: view.getUint16(sizes, isLittleEndian), count: view.getUint16(sizes + 2, isLittleEndian) };
}

/** A 64-bit number; one beyond what JavaScript holds exactly is no offset of any file, and `viewAt` refuses it. */
function wide(view: DataView, offset: number, isLittleEndian: boolean): number {
  return Number(view.getBigUint64(offset, isLittleEndian));
}

function readInterpreter(file: FileBytes, header: ElfHeader): string | undefined {
  const { bits, isLittleEndian } = header;
  for (const entry of entriesOf(file, header.segments, bits === 32 ? 32 : 56)) {
    if (entry.getUint32(0, isLittleEndian) !== segmentInterpreter) continue;
    const offset = bits === 32 ? entry.getUint32(4, isLittleEndian) : wide(entry, 8, isLittleEndian);
    const size = bits === 32 ? entry.getUint32(16, isLittleEndian) : wide(entry, 32, isLittleEndian);
    const view = size <= longestPath ? viewAt(file, offset, size) : undefined;
    return view === undefined ? undefined : printableText(view);
  }
  return undefined;
}

function* entriesOf(file: FileBytes, table: Table, smallest: number): Generator<DataView> {
  if (table.offset === 0 || table.entrySize < smallest || table.count > mostEntries) return;
  for (let number = 0; number < table.count; number++) {
    const entry = viewAt(file, table.offset + number * table.entrySize, smallest);
    if (entry === undefined) return;
    yield entry;
  }
}

function machineOf(file: FileBytes, header: ElfHeader, interpreter: string | undefined): Machine {
  const name = elfMachineName(header.machine);
  const base: Machine = { name, bits: header.bits, endianness: header.isLittleEndian ? 'little' : 'big' };
  if (name === 'ARM') return { ...base, arm: armTraitsOf(file, header, interpreter) };
  const abi = abiOf(name, header);
  const isMipsR6 = name === 'MIPS' && header.flags >>> 28 >= 9;
  return { ...base, ...(abi === undefined ? {} : { abi }), ...(isMipsR6 ? { isMipsR6 } : {}) };
}

/** Linux ELF flags of each processor's ABI supplement. */
function abiOf(name: string, { bits, flags }: ElfHeader): string | undefined {
  switch (name) {
    case 'x86-64':
      return bits === 32 ? 'x32' : undefined;
    case 'AArch64':
      return bits === 32 ? 'ILP32' : undefined;
    case 'PowerPC64':
      return { 1: 'ELFv1', 2: 'ELFv2' }[flags & 3];
    case 'MIPS':
      return mipsAbi(bits, flags);
    case 'RISC-V':
      return ['soft-float', 'single-float', 'double-float', 'quad-float'][(flags >> 1) & 3];
    case 'LoongArch':
      return { 1: 'soft-float', 2: 'single-float', 3: 'double-float' }[flags & 7];
    default:
      return undefined;
  }
}

function mipsAbi(bits: 32 | 64, flags: number): string {
  if (bits === 64) return 'n64';
  return (flags & 0x20) === 0 ? 'o32' : 'n32';
}

/** The attributes say most; without them the flags, and without those the name of the interpreter. */
function armTraitsOf(file: FileBytes, header: ElfHeader, interpreter = ''): ArmTraits {
  const attributes = armAttributesOf(file, header);
  const isEabi5 = header.flags >>> 24 === 5;
  const flagged =
    isEabi5 && (header.flags & 0x400) !== 0 ? 'hard' : isEabi5 && (header.flags & 0x200) !== 0 ? 'soft' : undefined;
  const started = /armhf\.so/.test(interpreter)
    ? 'hard'
    : /\/ld-(?:linux|musl-arm)\.so\.[0-9]$/.test(interpreter)
      ? 'soft'
      : undefined;
  const floatAbi = attributes.floatAbi ?? flagged ?? started;
  return { ...attributes, ...(floatAbi === undefined ? {} : { floatAbi }) };
}

function armAttributesOf(file: FileBytes, header: ElfHeader): ArmTraits {
  const { isLittleEndian } = header;
  for (const entry of entriesOf(file, header.sections, 40)) {
    if (entry.getUint32(4, isLittleEndian) !== sectionArmAttributes) continue;
    const size = entry.getUint32(20, isLittleEndian);
    const section = size <= longestAttributes ? viewAt(file, entry.getUint32(16, isLittleEndian), size) : undefined;
    return section === undefined ? {} : readArmAttributes(section, isLittleEndian);
  }
  return {};
}
