import type { ByteReader } from './byte-reader.ts';
import { cutOff, damaged } from './damaged.ts';
import { HistoryWindow } from './history-window.ts';
import { LzmaDecoder, type LzmaProperties, parseLzmaProperties } from './lzma-decoder.ts';
import { RangeDecoder } from './range-decoder.ts';

/** Takes bytes from the stream, and counts them. */
export type TakeBytes = (byteCount: number) => Promise<Buffer>;

/** Takes bytes that must be there. @throws {Fault} ARCHIVE_TRUNCATED */
export async function takeXz(reader: ByteReader, byteCount: number): Promise<Buffer> {
  const bytes = await reader.take(byteCount);
  if (bytes.length < byteCount) throw cutOff('xz');
  return bytes;
}

/**
 * Decodes LZMA2, chunk by chunk, to its end mark. https://github.com/tukaani-project/xz/blob/v5.6.3/src/liblzma/lzma/lzma2_decoder.c
 * is what defines it.
 * @throws {Fault} ARCHIVE_MALFORMED, ARCHIVE_TRUNCATED
 */
export async function* decodeLzma2(take: TakeBytes, windowBytes: number): AsyncGenerator<Uint8Array, void, undefined> {
  const state = new Lzma2State(windowBytes);
  for (;;) {
    const control = (await take(1)).readUInt8(0);
    if (control === 0) return;
    if (control > 2 && control < 0x80) throw damaged('xz', 'an LZMA2 chunk is of no kind');
    yield control < 0x80 ? await storedChunk(state, take, control) : await codedChunk(state, take, control);
  }
}

async function storedChunk(state: Lzma2State, take: TakeBytes, control: number): Promise<Uint8Array> {
  const size = (await take(2)).readUInt16BE(0) + 1;
  if (control === 1) state.resetWindow();
  return state.store(await take(size));
}

async function codedChunk(state: Lzma2State, take: TakeBytes, control: number): Promise<Uint8Array> {
  const resets = (control >> 5) & 3;
  const header = await take(resets >= 2 ? 5 : 4);
  const outBytes = ((control & 0x1f) << 16) + header.readUInt16BE(0) + 1;
  if (resets === 3) state.resetWindow();
  if (resets >= 2) state.resetDecoder(parseLzmaProperties(header.readUInt8(4)));
  else if (resets === 1) state.resetDecoder();
  return state.decode(await take(header.readUInt16BE(2) + 1), outBytes);
}

class Lzma2State {
  readonly #window: HistoryWindow;
  #windowReady = false;
  #properties: LzmaProperties | undefined;
  #decoder: LzmaDecoder | undefined;

  constructor(windowBytes: number) {
    this.#window = new HistoryWindow('xz', windowBytes);
  }

  resetWindow(): void {
    this.#window.reset();
    this.#windowReady = true;
  }

  resetDecoder(properties: LzmaProperties | undefined = this.#properties): void {
    if (properties === undefined) throw damaged('xz', 'an LZMA2 chunk has no properties');
    this.#properties = properties;
    this.#decoder = new LzmaDecoder(properties);
  }

  store(bytes: Uint8Array): Uint8Array {
    if (!this.#windowReady) throw damaged('xz', 'the first LZMA2 chunk does not reset the window');
    this.#window.reserve(bytes.length);
    this.#window.pushAll(bytes);
    this.#decoder?.passOver(bytes.length);
    return bytes;
  }

  decode(coded: Uint8Array, outBytes: number): Uint8Array {
    const decoder = this.#decoder;
    if (!this.#windowReady || decoder === undefined)
      throw damaged('xz', 'the first LZMA2 chunk does not reset the state');
    this.#window.reserve(outBytes);
    const start = this.#window.end;
    const range = new RangeDecoder(coded);
    decoder.decode(range, this.#window, outBytes);
    if (!range.isFinished) throw damaged('xz', 'an LZMA2 chunk does not end where it should');
    return this.#window.since(start);
  }
}
