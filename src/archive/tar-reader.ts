import { Fault, type FaultOptions } from '../errors/fault.ts';
import {
  type ArchiveLimits,
  checkEntryCount,
  checkRatio,
  checkTotalBytes,
  maxHeaderBytes,
  resolveLimits,
} from './archive-limits.ts';
import {
  type AssembleOptions,
  assembleEntry,
  type EntryOverrides,
  layRecords,
  storedBytesOf,
} from './assemble-entry.ts';
import { ByteReader } from './byte-reader.ts';
import { chunkBytes } from './chunk-buffer.ts';
import { decodeHeader, type RawHeader } from './decode-header.ts';
import { blockBytes, paddingBytes } from './header-fields.ts';
import { decodePax } from './pax.ts';
import { readSparseMap } from './read-sparse-map.ts';
import type { PathPolicy } from './safe-path.ts';
import { TarContent } from './tar-content.ts';
import type { TarEntry } from './tar-entry.ts';
import { decodeText } from './tar-text.ts';

/** One entry of an archive with its content. */
export interface TarMember {
  readonly entry: TarEntry;
  readonly content: TarContent;
}

export interface ReadTarOptions {
  readonly limits?: Partial<ArchiveLimits>;
  /** What to do about names that are not inside. Default: `contain`. */
  readonly unsafePaths?: PathPolicy;
  /** The archive's name in messages. */
  readonly file?: string;
}

/**
 * Reads a tar archive of any dialect (v7, ustar, pax, star, GNU with long names, base-256 numbers and all four sparse
 * formats), entry by entry and with flat memory. The source is read to its end, what follows the archive is ignored.
 * An archive without its end blocks is taken as whole where it ends after an entry, as every tar does.
 * @throws {Fault} ARCHIVE_MALFORMED, ARCHIVE_TRUNCATED, ARCHIVE_UNSUPPORTED, ARCHIVE_PATH_UNSAFE, ARCHIVE_TOO_LARGE, ARCHIVE_RATIO
 */
export async function* readTar(
  source: AsyncIterable<Uint8Array>,
  options: ReadTarOptions = {},
): AsyncGenerator<TarMember, void, undefined> {
  const reader = new ByteReader(source);
  const members = new MemberReader(reader, options);
  try {
    for (let member = await members.next(); member !== undefined; member = await members.next()) yield member;
    while ((await reader.skip(chunkBytes)) > 0);
  } finally {
    await reader.close();
  }
}

/** The state between the entries of one archive. */
class MemberReader {
  readonly #reader: ByteReader;
  readonly #options: AssembleOptions;
  readonly #limits: ArchiveLimits;
  #globals: ReadonlyMap<string, Uint8Array> = new Map();
  #content: TarContent | undefined;
  #entryCount = 0;
  #totalBytes = 0;

  constructor(reader: ByteReader, { limits, unsafePaths = 'contain', ...options }: ReadTarOptions) {
    this.#reader = reader;
    this.#options = { ...options, unsafePaths };
    this.#limits = resolveLimits(limits);
  }

  async next(): Promise<TarMember | undefined> {
    await this.#content?.skipRest();
    let overrides: EntryOverrides = { records: this.#globals };
    for (;;) {
      const block = await this.#nextBlock();
      const raw = block === undefined ? undefined : decodeHeader(block);
      if (block === undefined || raw === undefined) {
        if (overrides.records !== this.#globals || overrides.longName !== undefined) throw this.#truncated();
        if (block !== undefined) await this.#checkEnd();
        return undefined;
      }
      const laid = await this.#readSpecial(raw, overrides);
      if (laid === undefined) return this.#member(raw, block, overrides);
      overrides = laid;
    }
  }

  /** Reads a header that only describes the next entry, or all that follow; undefined where it is an entry. */
  async #readSpecial(raw: RawHeader, overrides: EntryOverrides): Promise<EntryOverrides | undefined> {
    switch (raw.typeFlag) {
      case 'x':
      case 'X':
        return { ...overrides, records: layRecords(overrides.records, decodePax(await this.#payload(raw))) };
      case 'g':
        this.#globals = layRecords(this.#globals, decodePax(await this.#payload(raw)));
        this.#checkHeaderBytes([...this.#globals].reduce((sum, [key, value]) => sum + key.length + value.length, 0));
        return { ...overrides, records: this.#globals };
      case 'L':
        return { ...overrides, longName: untilNul(await this.#payload(raw)) };
      case 'K':
        return { ...overrides, longLink: untilNul(await this.#payload(raw)) };
      case 'V':
        await this.#payload(raw);
        return overrides;
      case 'M':
        throw new Fault('ARCHIVE_UNSUPPORTED', 'Cannot read the archive: it is one volume of several', this.#where());
      default:
        return undefined;
    }
  }

  async #member(raw: RawHeader, block: Buffer, overrides: EntryOverrides): Promise<TarMember> {
    checkEntryCount(++this.#entryCount, this.#limits, this.#options.file);
    const assembled = assembleEntry(raw, overrides, this.#options);
    const stored = storedBytesOf(raw, overrides.records);
    const header = { block, typeFlag: raw.typeFlag, records: overrides.records, storedBytes: stored };
    const sparse = assembled.type === 'file' ? await readSparseMap(this.#reader, header) : undefined;
    const entry = sparse === undefined ? assembled : { ...assembled, sizeBytes: sparse.map.sizeBytes };
    this.#totalBytes += entry.sizeBytes;
    checkTotalBytes(this.#totalBytes, this.#limits, this.#options.file);
    checkRatio({ in: stored + blockBytes, out: entry.sizeBytes }, this.#limits, this.#options.file);
    const readable = entry.type === 'file' ? (sparse?.storedBytes ?? stored) : 0;
    const mapBytes = stored - (sparse?.storedBytes ?? stored);
    this.#content = new TarContent(this.#reader, {
      path: entry.path,
      storedBytes: readable,
      paddingBytes: stored - mapBytes - readable + paddingBytes(stored),
      ...(sparse === undefined ? {} : { sparse: sparse.map }),
    });
    return { entry, content: this.#content };
  }

  async #nextBlock(): Promise<Buffer | undefined> {
    const block = this.#reader.takeNow(blockBytes) ?? (await this.#reader.take(blockBytes));
    if (block.length === 0) return undefined;
    if (block.length < blockBytes) throw this.#truncated();
    return block;
  }

  async #payload(raw: RawHeader): Promise<Buffer> {
    this.#checkHeaderBytes(raw.sizeBytes);
    const wholeBytes = raw.sizeBytes + paddingBytes(raw.sizeBytes);
    const payload = await this.#reader.take(wholeBytes);
    if (payload.length < wholeBytes) throw this.#truncated();
    return payload.subarray(0, raw.sizeBytes);
  }

  /** One block of zeros alone may be a hole in a damaged file; two are the end. */
  async #checkEnd(): Promise<void> {
    const second = await this.#nextBlock();
    if (second === undefined || decodeHeader(second) === undefined) return;
    throw new Fault(
      'ARCHIVE_MALFORMED',
      'Cannot read the archive: a block of zeros stands between entries',
      this.#where(),
    );
  }

  #checkHeaderBytes(byteCount: number): void {
    if (byteCount <= maxHeaderBytes) return;
    const found = `a header is ${byteCount} bytes long, expected at most ${maxHeaderBytes}`;
    throw new Fault('ARCHIVE_TOO_LARGE', `Cannot read the archive: ${found}`, this.#where());
  }

  #truncated(): Fault {
    return new Fault('ARCHIVE_TRUNCATED', 'Cannot read the archive: it ends inside a header', this.#where());
  }

  #where(): FaultOptions {
    return this.#options.file === undefined ? {} : { where: { file: this.#options.file } };
  }
}

function untilNul(payload: Buffer): string {
  const end = payload.indexOf(0);
  return decodeText(end < 0 ? payload : payload.subarray(0, end));
}
