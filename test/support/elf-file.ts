/** What a minimal ELF file is made of. */
export interface ElfParts {
  readonly machine: number;
  readonly bits: 32 | 64;
  readonly isBigEndian?: boolean;
  /** 1 object, 2 executable, 3 shared object, 4 core dump. Default: 2. */
  readonly type?: number;
  readonly flags?: number;
  readonly interpreter?: string;
  /** The attributes of a `.ARM.attributes` section, as tag and value. */
  readonly armAttributes?: readonly (readonly [number, number | string])[];
}

/** The header of an executable for each platform, as its compilers write it. */
export const elfPlatforms: Readonly<Record<string, ElfParts>> = {
  'linux/386': { machine: 3, bits: 32 },
  'linux/amd64': { machine: 62, bits: 64 },
  'linux/arm/v5': { machine: 40, bits: 32, flags: 0x05000200 },
  'linux/arm/v6': { machine: 40, bits: 32, flags: 0x05000400 },
  'linux/arm/v7': { machine: 40, bits: 32, flags: 0x05000400 },
  'linux/arm64': { machine: 183, bits: 64 },
  'linux/ppc64': { machine: 21, bits: 64, isBigEndian: true, flags: 1 },
  'linux/ppc64le': { machine: 21, bits: 64, flags: 2 },
  'linux/riscv64': { machine: 243, bits: 64, flags: 5 },
  'linux/s390x': { machine: 22, bits: 64, isBigEndian: true },
  'linux/loong64': { machine: 258, bits: 64, flags: 0x43 },
  'linux/mips': { machine: 8, bits: 32, isBigEndian: true, flags: 0x70001005 },
  'linux/mipsle': { machine: 8, bits: 32, flags: 0x70001005 },
  'linux/mips64': { machine: 8, bits: 64, isBigEndian: true, flags: 0x80000007 },
  'linux/mips64le': { machine: 8, bits: 64, flags: 0x80000007 },
};

/** The bytes of a minimal ELF file: header, one segment where it has an interpreter, one section where it has attributes. */
export function elfFile(parts: ElfParts): Buffer {
  const is64 = parts.bits === 64;
  const headerSize = is64 ? 64 : 52;
  const segmentSize = is64 ? 56 : 32;
  const interpreter = parts.interpreter === undefined ? Buffer.alloc(0) : Buffer.from(`${parts.interpreter}\0`);
  const attributes = parts.armAttributes === undefined ? Buffer.alloc(0) : armSection(parts.armAttributes);
  const attributesAt = headerSize + segmentSize + interpreter.length;
  const sectionsAt = attributesAt + attributes.length;
  const file = Buffer.alloc(sectionsAt + (attributes.length > 0 ? 40 : 0));
  const write = writerOf(file, parts.isBigEndian === true);
  file.set([0x7f, 0x45, 0x4c, 0x46, is64 ? 2 : 1, parts.isBigEndian === true ? 2 : 1, 1]);
  write(16, parts.type ?? 2, 2);
  write(18, parts.machine, 2);
  write(is64 ? 48 : 36, parts.flags ?? 0, 4);
  if (interpreter.length > 0) {
    write(is64 ? 32 : 28, headerSize, is64 ? 8 : 4);
    write(is64 ? 54 : 42, segmentSize, 2);
    write(is64 ? 56 : 44, 1, 2);
    write(headerSize, 3, 4);
    write(headerSize + (is64 ? 8 : 4), headerSize + segmentSize, is64 ? 8 : 4);
    write(headerSize + (is64 ? 32 : 16), interpreter.length, is64 ? 8 : 4);
    file.set(interpreter, headerSize + segmentSize);
  }
  if (attributes.length > 0) {
    write(32, sectionsAt, 4);
    write(46, 40, 2);
    write(48, 1, 2);
    write(sectionsAt + 4, 0x70000003, 4);
    write(sectionsAt + 16, attributesAt, 4);
    write(sectionsAt + 20, attributes.length, 4);
    file.set(attributes, attributesAt);
  }
  return file;
}

/** The file of a platform in `elfPlatforms`, followed by a text, so that no two need be equal. */
export function elfFor(platform: string, text = ''): Buffer {
  const parts = elfPlatforms[platform];
  if (parts === undefined) throw new Error(`no ELF file is known for ${platform}`);
  return Buffer.concat([elfFile(parts), Buffer.from(text)]);
}

function writerOf(file: Buffer, isBigEndian: boolean): (offset: number, value: number, size: 2 | 4 | 8) => void {
  return (offset, value, size) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(BigInt(value));
    const big = bytes.subarray(8 - size);
    file.set(isBigEndian ? big : big.reverse(), offset);
  };
}

/** Little-endian, as all ARM systems in use are; values below 128. */
function armSection(attributes: readonly (readonly [number, number | string])[]): Buffer {
  const body = Buffer.concat(
    attributes.map(([tag, value]) =>
      Buffer.concat([Buffer.from([tag]), typeof value === 'string' ? Buffer.from(`${value}\0`) : Buffer.from([value])]),
    ),
  );
  const scope = Buffer.concat([Buffer.from([1]), size32(body.length + 5), body]);
  const vendor = Buffer.concat([Buffer.from('aeabi\0'), scope]);
  return Buffer.concat([Buffer.from('A'), size32(vendor.length + 4), vendor]);
}

function size32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
