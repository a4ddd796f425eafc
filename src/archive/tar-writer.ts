import { Fault } from '../errors/fault.ts';
import { invariant } from '../errors/invariant.ts';
import { ChunkBuffer, chunkBytes } from './chunk-buffer.ts';
import { encodeHeader } from './encode-header.ts';
import { blockBytes, paddingBytes } from './header-fields.ts';
import type { TarEntry } from './tar-entry.ts';

/** What an entry holds: nothing, bytes in memory, or a stream of exactly `entry.sizeBytes` bytes. */
export type TarSource = Uint8Array | AsyncIterable<Uint8Array>;

/** An entry to be written. */
export interface TarInput {
  readonly entry: TarEntry;
  /** Left out for everything but files that are not empty. */
  readonly content?: TarSource;
}

/** Takes chunks in order; what it returns is awaited before the next one. */
export type ByteSink = (chunk: Uint8Array) => void | Promise<void>;

/**
 * Writes a tar archive (ustar, pax where needed) to a sink, in chunks of 1 MiB. The same entries and contents always
 * give the same bytes. Small contents take a path without promises: await only what is returned.
 *
 * @example
 * const writer = new TarWriter(sink);
 * const busy = writer.appendBytes(entry, bytes);
 * if (busy !== undefined) await busy;
 * await writer.append(large, createReadStream(path));
 * await writer.finish();
 */
export class TarWriter {
  readonly #sink: ByteSink;
  readonly #chunks = new ChunkBuffer();
  #broken = false;

  constructor(sink: ByteSink) {
    this.#sink = sink;
  }

  /**
   * Appends an entry whose content is in memory. Returns undefined where all of it fitted the current chunk, else a
   * promise that must be awaited before the next call.
   * @throws {Fault} ARCHIVE_ENTRY_UNWRITABLE, ARCHIVE_CONTENT_SIZE
   */
  appendBytes(entry: TarEntry, content: Uint8Array = nothing): Promise<void> | undefined {
    invariant(!this.#broken, 'A tar writer was used after it failed');
    if (isLarge(content)) return this.append(entry, content);
    pushWhole(this.#chunks, entry, content);
    return this.#chunks.hasFull ? this.#flush() : undefined;
  }

  /**
   * Appends an entry with its content, holding at most one chunk of it.
   * @throws {Fault} ARCHIVE_ENTRY_UNWRITABLE, ARCHIVE_CONTENT_SIZE
   */
  async append(entry: TarEntry, content: TarSource = nothing): Promise<void> {
    if (!isLarge(content)) {
      await this.appendBytes(entry, content);
      return;
    }
    invariant(!this.#broken, 'A tar writer was used after it failed');
    this.#broken = true;
    for await (const full of pushStream(this.#chunks, entry, content)) await this.#sink(full);
    this.#broken = false;
  }

  /** Writes the end of the archive and what is left. */
  async finish(): Promise<void> {
    invariant(!this.#broken, 'A tar writer was used after it failed');
    this.#chunks.pushZeros(2 * blockBytes);
    await this.#flush();
    const last = this.#chunks.takeRest();
    if (last.length > 0) await this.#sink(last);
  }

  async #flush(): Promise<void> {
    this.#broken = true;
    for (const full of this.#chunks.takeFull()) await this.#sink(full);
    this.#broken = false;
  }
}

/**
 * The bytes of a tar archive of these entries, as chunks of 1 MiB made when they are asked for. An archive that
 * `readTar` reads can be given as it is.
 * @throws {Fault} ARCHIVE_ENTRY_UNWRITABLE, ARCHIVE_CONTENT_SIZE
 */
export async function* packTar(
  inputs: Iterable<TarInput> | AsyncIterable<TarInput>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const chunks = new ChunkBuffer();
  for await (const { entry, content = nothing } of inputs) {
    if (isLarge(content)) yield* pushStream(chunks, entry, content);
    else pushWhole(chunks, entry, content);
    if (chunks.hasFull) yield* chunks.takeFull();
  }
  chunks.pushZeros(2 * blockBytes);
  yield* chunks.takeFull();
  const last = chunks.takeRest();
  if (last.length > 0) yield last;
}

const nothing = new Uint8Array(0);

/** Whether a content is to be written piece by piece. */
function isLarge(content: TarSource): content is Exclude<TarSource, Uint8Array> {
  return !(content instanceof Uint8Array) || content.length > chunkBytes;
}

function pushWhole(chunks: ChunkBuffer, entry: TarEntry, content: Uint8Array): void {
  const header = encodeHeader(entry);
  if (content.length !== entry.sizeBytes) throw sizeFault(entry, `${content.length}`);
  chunks.push(header);
  chunks.push(content);
  chunks.pushZeros(paddingBytes(content.length));
}

/** Writes an entry and yields the chunks that become full on the way. */
async function* pushStream(
  chunks: ChunkBuffer,
  entry: TarEntry,
  content: TarSource,
): AsyncGenerator<Uint8Array, void, undefined> {
  chunks.push(encodeHeader(entry));
  let doneBytes = 0;
  for await (const piece of content instanceof Uint8Array ? [content] : content) {
    doneBytes += piece.length;
    if (doneBytes > entry.sizeBytes) throw sizeFault(entry, `at least ${doneBytes}`);
    for (let at = 0; at < piece.length; at += chunkBytes) {
      chunks.push(piece.subarray(at, at + chunkBytes));
      yield* chunks.takeFull();
    }
  }
  if (doneBytes < entry.sizeBytes) throw sizeFault(entry, `only ${doneBytes}`);
  chunks.pushZeros(paddingBytes(doneBytes));
  yield* chunks.takeFull();
}

function sizeFault({ path, sizeBytes }: TarEntry, found: string): Fault {
  return new Fault(
    'ARCHIVE_CONTENT_SIZE',
    `Cannot write "${path}" to an archive: its content is ${found} bytes, expected ${sizeBytes}`,
    { where: { path } },
  );
}
