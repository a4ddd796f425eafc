/** Fields of a header as they are to stand in it, however wrong. */
export interface RawFields {
  readonly name?: string;
  readonly size?: string;
  readonly typeFlag?: string;
  readonly linkName?: string;
  readonly magic?: string;
  readonly uid?: string | Uint8Array;
  readonly mtime?: Uint8Array;
  readonly prefix?: string;
  /** Instead of the right one. */
  readonly checksum?: string;
}

/** One header block written field by field, without the code that is tested. */
export function rawHeader(fields: RawFields = {}): Buffer {
  const block = Buffer.alloc(512);
  block.write(fields.name ?? 'file', 0, 100);
  block.write('0000644\0', 100);
  if (typeof fields.uid === 'string') block.write(fields.uid, 108, 8);
  else block.set(fields.uid ?? Buffer.from('0000000\0'), 108);
  block.write('0000000\0', 116);
  block.write(fields.size ?? '00000000000', 124, 12);
  block.set(fields.mtime ?? Buffer.from('14524770400\0'), 136);
  block.write(fields.typeFlag ?? '0', 156, 1, 'latin1');
  block.write(fields.linkName ?? '', 157, 100);
  block.write(fields.magic ?? 'ustar\x0000', 257, 8, 'latin1');
  block.write(fields.prefix ?? '', 345, 155);
  sealHeader(block);
  if (fields.checksum !== undefined) block.write(fields.checksum, 148);
  return block;
}

/** Gives a header block, whatever is in it, the checksum that fits. */
export function sealHeader(block: Buffer): Buffer {
  block.write(' '.repeat(8), 148);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

/** A header and its content, padded. */
export function rawEntry(fields: RawFields, content: Uint8Array | string): Buffer {
  const bytes = Buffer.from(content);
  const size = fields.size ?? bytes.length.toString(8).padStart(11, '0');
  return Buffer.concat([rawHeader({ ...fields, size }), bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}

/** A pax header (`x`, or `g` for a global one) of records whose lengths are right. */
export function rawPax(records: Readonly<Record<string, string>>, typeFlag = 'x'): Buffer {
  const lines = Object.entries(records).map(([key, value]) => {
    const rest = Buffer.byteLength(` ${key}=${value}\n`);
    const length = [1, 2, 3, 4, 5]
      .map((digits) => rest + digits)
      .find((total) => rest + String(total).length === total);
    return `${length ?? 0} ${key}=${value}\n`;
  });
  return rawEntry({ typeFlag, name: 'PaxHeaders/file' }, lines.join(''));
}

/** The two blocks of zeros that end an archive. */
export const archiveEnd = Buffer.alloc(1024);
