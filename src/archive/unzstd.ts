import { ByteReader } from './byte-reader.ts';
import { cutOff, damaged } from './damaged.ts';
import { frameHeaderLength, parseZstdFrame, type ZstdFrame } from './zstd-frame.ts';

/** Frames up to this size are decompressed as a whole, which is three times as fast. */
const wholeFrameBytes = 8 * 1024 ** 2;
const maxBlockBytes = 128 * 1024;

/**
 * Decompresses zstd, all frames of it; skippable ones are skipped. Holds a window and a block, or one small frame.
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
  const header = Buffer.concat([magic, descriptor, rest]);
  const frame = parseZstdFrame(header);
  const { contentBytes = 0 } = frame;
  if (contentBytes > 0 && contentBytes <= wholeFrameBytes) yield await decodeWhole(reader, header, frame);
  else yield* decodeBlocks(reader, header, frame);
}

async function decodeWhole(reader: ByteReader, header: Buffer, frame: ZstdFrame): Promise<Uint8Array> {
  const { decompress } = await import('@cloudpss/zstd/wasm');
  const pieces = [header];
  for await (const { bytes } of frameBlocks(reader, frame)) pieces.push(bytes);
  try {
    return decompress(Buffer.concat(pieces));
  } catch (error) {
    throw damaged('zstd', `the decoder says "${String(error)}"`, error);
  }
}

async function* decodeBlocks(
  reader: ByteReader,
  header: Buffer,
  frame: ZstdFrame,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { Decompress } = await import('fzstd');
  const decoded: Uint8Array[] = [];
  const decoder = new Decompress((chunk) => decoded.push(chunk));
  let outBytes = 0;
  let pieces = [header];
  for await (const { bytes, isLast } of frameBlocks(reader, frame)) {
    try {
      decoder.push(Buffer.concat([...pieces, bytes]), isLast);
    } catch (error) {
      throw damaged('zstd', `the decoder says "${String(error)}"`, error);
    }
    pieces = [];
    for (const chunk of decoded.splice(0)) {
      outBytes += chunk.length;
      if (chunk.length > 0) yield chunk;
    }
  }
  if (frame.contentBytes !== undefined && frame.contentBytes !== outBytes) {
    throw damaged('zstd', `a frame holds ${outBytes} bytes, expected ${frame.contentBytes}`);
  }
}

interface FrameBlock {
  /** The block with its header; the last one with the checksum of the frame. */
  readonly bytes: Buffer;
  readonly isLast: boolean;
}

/** https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1.2 */
async function* frameBlocks(reader: ByteReader, frame: ZstdFrame): AsyncGenerator<FrameBlock, void, undefined> {
  for (let isLast = false; !isLast; ) {
    const header = await takeAll(reader, 3);
    const bits = header.readUIntLE(0, 3);
    const size = bits >> 3;
    const type = (bits >> 1) & 3;
    if (type === 3 || size > maxBlockBytes) throw damaged('zstd', 'a block header is not one');
    isLast = (bits & 1) !== 0;
    const payload = await takeAll(reader, (type === 1 ? 1 : size) + (isLast && frame.hasChecksum ? 4 : 0));
    yield { bytes: Buffer.concat([header, payload]), isLast };
  }
}

async function takeAll(reader: ByteReader, byteCount: number): Promise<Buffer> {
  const bytes = await reader.take(byteCount);
  if (bytes.length < byteCount) throw cutOff('zstd');
  return bytes;
}
