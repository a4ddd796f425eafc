import type { FileHandle } from 'node:fs/promises';
import { blockBytes, paddingBytes } from '../archive/header-fields.ts';
import type { TarEntry } from '../archive/tar-entry.ts';
import { readTar } from '../archive/tar-reader.ts';
import { Fault } from '../errors/fault.ts';

/** Where the content of an entry stands in its archive. */
export interface TarPlace {
  readonly entry: TarEntry;
  /** Bytes from the start of the file. */
  readonly offset: number;
}

const zeros = new Uint8Array(1024 * 1024);

/** More is no image archive: an image has a few hundred blobs. */
const maxEntries = 200_000;

/**
 * Where every entry of an uncompressed tar file stands, by path; of equal paths the last one counts, as for every tar.
 * Only headers are read: contents are passed over.
 * @throws {Fault} IMAGE_ARCHIVE_MALFORMED
 */
export async function indexTarFile(handle: FileHandle, file: string): Promise<ReadonlyMap<string, TarPlace>> {
  const { size } = await handle.stat();
  const source = new HeaderSource(handle);
  const places = new Map<string, TarPlace>();
  try {
    for await (const { entry } of readTar(source, { file, limits: { maxEntries } })) {
      const place = { entry, offset: source.position };
      if (place.offset + entry.sizeBytes > size) {
        throw new Fault(
          'IMAGE_ARCHIVE_MALFORMED',
          `Cannot read the archive "${file}": it is cut off inside "${entry.path}"`,
          {
            where: { file, path: entry.path },
          },
        );
      }
      places.set(entry.path, place);
      source.pass(entry.sizeBytes + paddingBytes(entry.sizeBytes));
    }
  } catch (error) {
    if (!(error instanceof Fault) || error.code === 'IMAGE_ARCHIVE_MALFORMED') throw error;
    throw new Fault('IMAGE_ARCHIVE_MALFORMED', `Cannot read the archive "${file}": ${error.message}`, {
      cause: error,
      where: { file },
    });
  }
  return places;
}

/**
 * Gives a tar reader the file block by block, so that its position is known at every entry; instead of the contents that are
 * to be passed over it gives as many zeros, without reading them.
 */
class HeaderSource implements AsyncIterable<Uint8Array> {
  position = 0;
  readonly #handle: FileHandle;
  #passBytes = 0;
  #emptyBlocks = 0;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  pass(byteCount: number): void {
    this.#passBytes = byteCount;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    // Two blocks of zeros end the archive; what may follow is not looked at.
    while (this.#emptyBlocks < 2) {
      const chunk = this.#passBytes > 0 ? this.#skipped() : await this.#block();
      if (chunk.byteLength === 0) return;
      yield chunk;
    }
  }

  #skipped(): Uint8Array {
    const chunk = zeros.subarray(0, Math.min(zeros.byteLength, this.#passBytes));
    this.#passBytes -= chunk.byteLength;
    this.position += chunk.byteLength;
    return chunk;
  }

  async #block(): Promise<Uint8Array> {
    const block = Buffer.alloc(blockBytes);
    const { bytesRead } = await this.#handle.read(block, 0, blockBytes, this.position);
    this.position += bytesRead;
    this.#emptyBlocks = block.every((byte) => byte === 0) ? this.#emptyBlocks + 1 : 0;
    return block.subarray(0, bytesRead);
  }
}
