export interface PeParts {
  readonly machine: number;
  /** Default: an executable image. */
  readonly characteristics?: number;
  /** Whether it has the directory of a .NET assembly. Default: false. */
  readonly isManaged?: boolean;
}

/** The bytes of a minimal Windows executable: DOS header, file header, optional header with its directories. */
export function peFile({ machine, characteristics = 0x0022, isManaged = false }: PeParts): Buffer {
  const file = Buffer.alloc(64 + 24 + 112 + 16 * 8);
  file.write('MZ');
  file.writeUInt32LE(64, 0x3c);
  file.write('PE\0\0', 64);
  file.writeUInt16LE(machine, 68);
  file.writeUInt16LE(characteristics, 86);
  file.writeUInt16LE(0x20b, 88);
  file.writeUInt32LE(16, 88 + 108);
  if (isManaged) file.writeUInt32LE(72, 88 + 112 + 14 * 8 + 4);
  return file;
}

export interface MachOParts {
  /** With the bit 0x01000000 for 64-bit. */
  readonly cpuType: number;
  /** Default: 2, an executable. */
  readonly fileType?: number;
  readonly isBigEndian?: boolean;
}

/** The header of a macOS binary for one architecture. */
export function machOFile({ cpuType, fileType = 2, isBigEndian = false }: MachOParts): Buffer {
  const file = Buffer.alloc(32);
  const words = [cpuType >= 0x01000000 ? 0xfeedfacf : 0xfeedface, cpuType, 0, fileType];
  for (const [place, word] of words.entries()) {
    if (isBigEndian) file.writeUInt32BE(word, place * 4);
    else file.writeUInt32LE(word, place * 4);
  }
  return file;
}

/** A universal macOS binary with one part for each cpu type. */
export function universalFile(cpuTypes: readonly number[]): Buffer {
  const header = Buffer.alloc(8 + cpuTypes.length * 20);
  header.writeUInt32BE(0xcafebabe, 0);
  header.writeUInt32BE(cpuTypes.length, 4);
  for (const [place, cpuType] of cpuTypes.entries()) {
    header.writeUInt32BE(cpuType, 8 + place * 20);
    header.writeUInt32BE(header.length + place * 32, 16 + place * 20);
  }
  return Buffer.concat([header, ...cpuTypes.map((cpuType) => machOFile({ cpuType }))]);
}
