import { BitReader } from './bit-reader.ts';
import { ByteReader } from './byte-reader.ts';
import { type Bzip2Block, decodeBzip2Block, expandBzip2Block } from './bzip2-block.ts';
import { cutOff, damaged } from './damaged.ts';

/** More than any block takes: 900,000 symbols of 20 bits, and its tables. */
const maxBlockBytes = 2_500_000;
/** Pi and its square root, as bzip2 marks blocks and the end. */
const blockMark = [0x314159, 0x265359] as const;
const endMark = [0x177245, 0x385090] as const;

/**
 * Decompresses bzip2, all streams of it; as bzip2 does, it ignores what follows the last one. Holds one block.
 * @throws {Fault} ARCHIVE_MALFORMED, ARCHIVE_TRUNCATED, ARCHIVE_UNSUPPORTED
 */
export async function* bunzip2(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const input = new BitInput(source);
  try {
    for (let streams = 0; ; streams++) {
      const level = await readStreamHeader(input, streams);
      if (level === undefined) break;
      yield* decodeStream(input, level);
    }
    await input.drain();
  } finally {
    await input.close();
  }
}

/** The block size of the stream that starts here in 100,000 bytes; undefined where none does after the first. */
async function readStreamHeader(input: BitInput, streams: number): Promise<number | undefined> {
  const bits = await input.bits(4);
  const magic = bits.read(24);
  const level = bits.read(8) - 0x30;
  if (bits.isPastEnd && streams === 0) throw cutOff('bzip2');
  if (magic === 0x425a68 && level >= 1 && level <= 9) {
    input.advanceTo(bits);
    return level;
  }
  if (streams === 0) throw damaged('bzip2', 'its first bytes are not "BZh"');
  return undefined;
}

async function* decodeStream(input: BitInput, level: number): AsyncGenerator<Uint8Array, void, undefined> {
  let streamChecksum = 0;
  for (;;) {
    const bits = await input.bits(maxBlockBytes);
    const mark = [bits.read(24), bits.read(24)];
    const checksum = ((bits.read(16) << 16) | bits.read(16)) >>> 0;
    checkEnd(bits);
    if (mark[0] === endMark[0] && mark[1] === endMark[1]) {
      if (checksum !== streamChecksum) throw damaged('bzip2', 'the checksum of the stream differs');
      bits.skip((8 - (bits.position & 7)) & 7);
      input.advanceTo(bits);
      return;
    }
    if (mark[0] !== blockMark[0] || mark[1] !== blockMark[1]) throw damaged('bzip2', 'a block does not start as one');
    const block = decodeBlock(bits, level);
    input.advanceTo(bits);
    if ((yield* expandBzip2Block(block)) !== checksum) throw damaged('bzip2', 'the checksum of a block differs');
    streamChecksum = (((streamChecksum << 1) | (streamChecksum >>> 31)) ^ checksum) >>> 0;
  }
}

function decodeBlock(bits: BitReader, level: number): Bzip2Block {
  try {
    const block = decodeBzip2Block(bits, level);
    checkEnd(bits);
    return block;
  } catch (error) {
    // Zeros stand for what is missing, and make nonsense of a block.
    if (bits.isPastEnd) throw cutOff('bzip2', error);
    throw error;
  }
}

function checkEnd(bits: BitReader): void {
  if (bits.isPastEnd) throw cutOff('bzip2');
}

/** Bits of a stream, as many at once as a block may need. */
class BitInput {
  readonly #reader: ByteReader;
  #bytes: Buffer = Buffer.alloc(0);
  #startBit = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#reader = new ByteReader(source);
  }

  /** A reader at the current bit, with `byteCount` bytes ahead of it where the stream has them. */
  async bits(byteCount: number): Promise<BitReader> {
    if (this.#bytes.length - (this.#startBit >> 3) <= byteCount) {
      const rest = this.#bytes.subarray(this.#startBit >> 3);
      this.#bytes = Buffer.concat([rest, await this.#reader.take(2 * byteCount)]);
      this.#startBit &= 7;
    }
    return new BitReader(this.#bytes, this.#startBit);
  }

  advanceTo(bits: BitReader): void {
    this.#startBit = bits.position;
  }

  async drain(): Promise<void> {
    while ((await this.#reader.skip(maxBlockBytes)) > 0);
  }

  close(): Promise<void> {
    return this.#reader.close();
  }
}
