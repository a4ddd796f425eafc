import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { ByteReader } from './byte-reader.ts';
import { Crc64 } from './crc64.ts';
import { damaged, unsupported } from './damaged.ts';
import { decodeLzma2, takeXz } from './lzma2.ts';
import { parseXzBlockHeader, parseXzFlags, parseXzNumber, type XzCheck } from './xz-header.ts';

interface BlockSizes {
  /** Bytes of header, data and check, without padding. */
  readonly storedBytes: number;
  readonly contentBytes: number;
}

/**
 * Decompresses xz, all streams of it; checks every checksum. As xz does, it takes zeros in multiples of four after a
 * stream and refuses everything else. Holds the window that the encoder chose.
 * https://github.com/tukaani-project/xz/blob/v5.6.3/doc/xz-file-format.txt
 * @throws {Fault} ARCHIVE_MALFORMED, ARCHIVE_TRUNCATED, ARCHIVE_UNSUPPORTED
 */
export async function* unxz(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = new ByteReader(source);
  try {
    let header = await takeXz(reader, 12);
    while (header.length > 0) {
      yield* decodeStream(reader, header);
      header = await nextStreamHeader(reader);
    }
  } finally {
    await reader.close();
  }
}

/** Passes over padding; empty where the file ends. */
async function nextStreamHeader(reader: ByteReader): Promise<Buffer> {
  for (;;) {
    const word = await reader.take(4);
    if (word.length === 0) return word;
    if (word.length < 4) throw damaged('xz', 'what follows the stream is neither zeros nor another stream');
    if (word.readUInt32LE(0) !== 0) return Buffer.concat([word, await takeXz(reader, 8)]);
  }
}

async function* decodeStream(reader: ByteReader, header: Buffer): AsyncGenerator<Uint8Array, void, undefined> {
  const check = parseXzFlags(header);
  const blocks: BlockSizes[] = [];
  for (;;) {
    const first = await takeXz(reader, 1);
    if (first[0] === 0) break;
    const rest = await takeXz(reader, first.readUInt8(0) * 4 + 3);
    blocks.push(yield* decodeBlock(reader, Buffer.concat([first, rest]), check));
  }
  const indexBytes = await checkIndex(reader, blocks);
  const footer = await takeXz(reader, 12);
  const sound =
    footer.readUInt32LE(0) === crc32(footer.subarray(4, 10)) &&
    (footer.readUInt32LE(4) + 1) * 4 === indexBytes &&
    footer.subarray(8, 10).equals(header.subarray(6, 8)) &&
    footer.toString('latin1', 10) === 'YZ';
  if (!sound) throw damaged('xz', 'the end of the stream does not fit its beginning');
}

async function* decodeBlock(
  reader: ByteReader,
  header: Buffer,
  check: XzCheck,
): AsyncGenerator<Uint8Array, BlockSizes, undefined> {
  const { windowBytes } = parseXzBlockHeader(header);
  let dataBytes = 0;
  let contentBytes = 0;
  function take(byteCount: number): Promise<Buffer> {
    dataBytes += byteCount;
    return takeXz(reader, byteCount);
  }
  const checksum = startChecksum(check);
  for await (const chunk of decodeLzma2(take, windowBytes)) {
    checksum.update(chunk);
    contentBytes += chunk.length;
    yield chunk;
  }
  const padding = await takeXz(reader, (4 - (dataBytes % 4)) % 4);
  const stored = await takeXz(reader, check.sizeBytes);
  if (padding.some((byte) => byte !== 0)) throw damaged('xz', 'the padding of a block is not zero');
  const computed = checksum.digest();
  if (computed !== undefined && !stored.equals(computed)) throw damaged('xz', 'the checksum of a block differs');
  return { storedBytes: header.length + dataBytes + check.sizeBytes, contentBytes };
}

/** Reads the index, whose first byte was read, and compares it with the blocks; gives its length. */
async function checkIndex(reader: ByteReader, blocks: readonly BlockSizes[]): Promise<number> {
  const bytes: number[] = [0];
  async function takeNumber(): Promise<number> {
    const start = bytes.length;
    do bytes.push((await takeXz(reader, 1)).readUInt8(0));
    while ((bytes.at(-1) ?? 0) >= 0x80 && bytes.length - start < 9);
    return parseXzNumber(Uint8Array.from(bytes.slice(start)), 0).value;
  }
  let fits = (await takeNumber()) === blocks.length;
  for (const { storedBytes, contentBytes } of fits ? blocks : []) {
    fits &&= (await takeNumber()) === storedBytes;
    fits &&= (await takeNumber()) === contentBytes;
  }
  if (!fits) throw damaged('xz', 'the index does not fit the blocks');
  bytes.push(...(await takeXz(reader, (4 - (bytes.length % 4)) % 4)));
  const checksum = (await takeXz(reader, 4)).readUInt32LE(0);
  if (checksum !== crc32(Uint8Array.from(bytes))) throw damaged('xz', 'the checksum of the index differs');
  return bytes.length + 4;
}

interface Checksum {
  readonly update: (bytes: Uint8Array) => void;
  /** Undefined where there is nothing to compare. */
  readonly digest: () => Buffer | undefined;
}

function startChecksum({ id }: XzCheck): Checksum {
  switch (id) {
    case 0:
      return { update: () => undefined, digest: () => undefined };
    case 1:
      return startCrc32();
    case 4: {
      const crc = new Crc64();
      return { update: (bytes) => crc.update(bytes), digest: () => crc.digest() };
    }
    case 10: {
      const hash = createHash('sha256');
      return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
    }
    default:
      throw unsupported('xz', `its checksum is of kind ${id}`);
  }
}

function startCrc32(): Checksum {
  let value = 0;
  return {
    update: (bytes) => {
      value = crc32(bytes, value);
    },
    digest: () => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32LE(value);
      return bytes;
    },
  };
}
