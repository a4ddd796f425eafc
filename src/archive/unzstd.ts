import { ByteReader } from './byte-reader.ts';
import { cutOff, damaged } from './damaged.ts';
import { Xxhash64 } from './xxhash64.ts';
import { ZstdDecoder } from './zstd-decoder.ts';
import { frameHeaderLength, parseZstdFrame } from './zstd-frame.ts';
import { maxBlockBytes } from './zstd-sequences.ts';

/**
 * Decompresses zstd, all frames of it; skippable ones are skipped, checksums compared. Holds a window and a block.
 * @throws {Fault} ARCHIVE_MALFORMED, ARCHIVE_TRUNCATED, ARCHIVE_UNSUPPORTED
 */
export async function* unzstd(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = new ByteReader(source);
  try {
    for (let frames = 0; ; frames++) {
      const magic = await reader.take(4);
      if (magic.length === 0 && frames > 0) return;
      if (magic.length < 4) throw cutOff('zstd');
      if (magic.readUInt32LE(0) === 0xfd2fb528) yield* decodeFrame(reader, magic);
      else if (magic.readUInt32LE(0) >>> 4 === 0x184d2a5) await skipFrame(reader);
      else throw damaged('zstd', `frame ${frames + 1} starts with 0x${magic.toString('hex')}, expected a magic number`);
    }
  } finally {
    await reader.close();
  }
}

async function skipFrame(reader: ByteReader): Promise<void> {
  const size = (await takeAll(reader, 4)).readUInt32LE(0);
  if ((await reader.skip(size)) < size) throw cutOff('zstd');
}

async function* decodeFrame(reader: ByteReader, magic: Buffer): AsyncGenerator<Uint8Array, void, undefined> {
  const descriptor = await takeAll(reader, 1);
  const rest = await takeAll(reader, frameHeaderLength(descriptor.readUInt8(0)) - 1);
  const frame = parseZstdFrame(Buffer.concat([magic, descriptor, rest]));
  const decoder = new ZstdDecoder(frame.windowBytes);
  const checksum = frame.hasChecksum ? new Xxhash64() : undefined;
  let contentBytes = 0;
  for (let isLast = false; !isLast; ) {
    const header = (await takeAll(reader, 3)).readUIntLE(0, 3);
    isLast = (header & 1) !== 0;
    const content = await decodeBlock(reader, decoder, header);
    checksum?.update(content);
    contentBytes += content.length;
    if (content.length > 0) yield content;
  }
  if (contentBytes !== (frame.contentBytes ?? contentBytes)) {
    throw damaged('zstd', `a frame holds ${contentBytes} bytes, expected ${frame.contentBytes ?? 0}`);
  }
  if (checksum !== undefined && (await takeAll(reader, 4)).readUInt32LE(0) !== checksum.digestLow()) {
    throw damaged('zstd', 'the checksum of a frame differs');
  }
}

/** https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1.2 */
async function decodeBlock(reader: ByteReader, decoder: ZstdDecoder, header: number): Promise<Uint8Array> {
  const type = (header >> 1) & 3;
  const size = header >> 3;
  if (type === 3 || size > maxBlockBytes) throw damaged('zstd', 'a block header is not one');
  if (type === 1) return decoder.repeat((await takeAll(reader, 1)).readUInt8(0), size);
  const payload = await takeAll(reader, size);
  return type === 0 ? decoder.store(payload) : decoder.decode(payload);
}

async function takeAll(reader: ByteReader, byteCount: number): Promise<Buffer> {
  const bytes = await reader.take(byteCount);
  if (bytes.length < byteCount) throw cutOff('zstd');
  return bytes;
}
