import type { FileHandle } from 'node:fs/promises';
import { posix } from 'node:path';
import { Fault } from '../errors/fault.ts';
import { documentLimitBytes } from '../oci/parse-json.ts';
import { joinChunks } from './collect-content.ts';
import { openForReading, readRange } from './read-file.ts';
import { indexTarFile, type TarPlace } from './tar-file-index.ts';

/** A span of bytes in an archive. */
export interface ArchiveSpan {
  /** Bytes from the start of the file. */
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
}

const maxLinks = 16;

/** An uncompressed tar file that is read in place, by the paths of its entries. */
export class ArchiveFile {
  readonly file: string;
  readonly #handle: FileHandle;
  readonly #places: ReadonlyMap<string, TarPlace>;

  private constructor(file: string, handle: FileHandle, places: ReadonlyMap<string, TarPlace>) {
    this.file = file;
    this.#handle = handle;
    this.#places = places;
  }

  /** Opens `path`; `file` is its name in messages. @throws {Fault} IMAGE_ARCHIVE_MALFORMED */
  static async open(path: string, file: string): Promise<ArchiveFile> {
    const handle = await openForReading(path);
    try {
      return new ArchiveFile(file, handle, await indexTarFile(handle, file));
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  get paths(): Iterable<string> {
    return this.#places.keys();
  }

  /** Where the content of a path stands, links followed; undefined where it is no file. */
  find(path: string): ArchiveSpan | undefined {
    let name = posix.normalize(path);
    for (let links = 0; links < maxLinks; links += 1) {
      const place = this.#places.get(name);
      if (place?.entry.type === 'file') return { offset: place.offset, size: place.entry.sizeBytes };
      const target = place?.entry.linkTarget;
      if (target === undefined) return undefined;
      name = place?.entry.type === 'symlink' ? posix.join(posix.dirname(name), target) : posix.normalize(target);
    }
    return undefined;
  }

  read({ offset, size }: ArchiveSpan, from = 0): AsyncIterable<Uint8Array> {
    return readRange(this.#handle, { offset: offset + from, length: size - from });
  }

  /** Reads a document whole; undefined where there is no such path. @throws {Fault} IMAGE_ARCHIVE_MALFORMED */
  async readDocument(path: string): Promise<Uint8Array | undefined> {
    const span = this.find(path);
    if (span === undefined) return undefined;
    if (span.size > documentLimitBytes) throw this.malformed(`"${path}" has ${span.size} bytes, expected a document`);
    return joinChunks(this.read(span));
  }

  malformed(reason: string, cause?: unknown): Fault {
    return new Fault('IMAGE_ARCHIVE_MALFORMED', `Cannot read the archive "${this.file}": ${reason}`, {
      where: { file: this.file },
      cause,
    });
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}
