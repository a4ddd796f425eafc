import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { decompress } from '../../archive/decompress.ts';
import { HashedStream } from '../../archive/layer-writer.ts';
import { Fault } from '../../errors/fault.ts';
import type { Host } from '../../host/host.ts';
import { type Digest, digestHex } from '../../oci/digest.ts';
import { diskFault } from '../../store/disk-fault.ts';
import type { BuildCache } from './cache.ts';
import type { FileContent } from './file-content.ts';
import { decodeIndex, encodeIndex, type IndexedEntry, indexTar, type TarIndex } from './tar-index.ts';
import { partialSuffix } from './write-whole.ts';

/** A tar archive, compressed or not: a layer, or a file to be unpacked. */
export interface TarBlob {
  /** The digest of the archive as it lies there. */
  readonly digest: Digest;
  /** Its name in messages. */
  readonly file: string;
  /** What it must uncompress to, where somebody says so: a layer that lies about it could pass for another one. */
  readonly diffId?: Digest;
  readonly open: () => AsyncIterable<Uint8Array>;
}

const recordKind = 'indexes';
const chunkBytes = 1024 * 1024;

/**
 * What archives hold, by their digest. An archive is read once to know its entries, kept in the cache; the bytes of its
 * files are laid out on disk only when somebody asks for them. Nothing is ever unpacked.
 */
export class TarFiles {
  readonly #cache: BuildCache;
  readonly #host: Host;
  readonly #indexes = new Map<Digest, Promise<TarIndex>>();
  readonly #spools = new Map<Digest, Promise<string>>();

  constructor(cache: BuildCache, host: Host) {
    this.#cache = cache;
    this.#host = host;
  }

  /** @throws {Fault} ARCHIVE_MALFORMED, ARCHIVE_TRUNCATED, ARCHIVE_RATIO, ARCHIVE_TOO_LARGE, CONTENT_MISSING */
  index(blob: TarBlob): Promise<TarIndex> {
    const known = this.#indexes.get(blob.digest);
    if (known !== undefined) return known;
    const reading = this.#readIndex(blob);
    this.#indexes.set(blob.digest, reading);
    return reading;
  }

  /** The bytes of one of the files of an indexed archive. */
  content(blob: TarBlob, { entry, digest, offset }: IndexedEntry): FileContent | undefined {
    if (digest === undefined) return undefined;
    const part = { offset, sizeBytes: entry.sizeBytes, digest, path: entry.path };
    return {
      sizeBytes: entry.sizeBytes,
      fingerprint: () => digest,
      open: () => readPart(() => this.#spool(blob), part),
    };
  }

  async #readIndex(blob: TarBlob): Promise<TarIndex> {
    const key = `${blob.digest} ${blob.diffId ?? ''}`;
    const kept = decodeIndex(this.#cache.records.read(recordKind, key));
    if (kept !== undefined) return kept;
    const { file, diffId } = blob;
    const { signal } = this.#host;
    const tar = new HashedStream(decompress(blob.open(), { file, signal }));
    const index = await indexTar(tar, { file, signal });
    if (diffId !== undefined && tar.digest() !== diffId) throw wrongDiffId(blob, tar.digest());
    this.#cache.records.write(recordKind, key, encodeIndex(index));
    return index;
  }

  #spool(blob: TarBlob): Promise<string> {
    const known = this.#spools.get(blob.digest);
    if (known !== undefined) return known;
    const making = this.#makeSpool(blob);
    this.#spools.set(blob.digest, making);
    return making;
  }

  /** Lays the contents of all files of an archive one after the other into one file, as their offsets say. */
  async #makeSpool(blob: TarBlob): Promise<string> {
    const folder = join(this.#cache.root, 'spools');
    const file = join(folder, digestHex(blob.digest));
    const { contentBytes } = await this.index(blob);
    if (existsSync(file) && statSync(file).size === contentBytes) {
      this.#cache.records.touch(file);
      return file;
    }
    const partial = `${file}.${this.#host.randomHex(8)}${partialSuffix}`;
    try {
      mkdirSync(folder, { recursive: true });
      await this.#writeSpool(blob, partial);
      renameSync(partial, file);
      return file;
    } catch (error) {
      rmSync(partial, { force: true });
      throw diskFault(error, `lay out the files of "${blob.file}"`, file);
    }
  }

  async #writeSpool(blob: TarBlob, partial: string): Promise<void> {
    const handle = await open(partial, 'wx', 0o600);
    try {
      const { signal } = this.#host;
      await indexTar(decompress(blob.open(), { file: blob.file }), {
        file: blob.file,
        signal,
        keep: (chunk) => writeAll(handle, chunk),
      });
    } finally {
      await handle.close();
    }
  }
}

async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let done = 0; done < chunk.length; ) done += (await handle.write(chunk, done)).bytesWritten;
}

interface SpoolPart {
  readonly offset: number;
  readonly sizeBytes: number;
  readonly digest: Digest;
  readonly path: string;
}

async function* readPart(spool: () => Promise<string>, part: SpoolPart): AsyncGenerator<Uint8Array, void, undefined> {
  const file = await spool();
  const handle = await open(file, 'r');
  const hash = createHash('sha256');
  try {
    for (let done = 0; done < part.sizeBytes; ) {
      const bytes = Buffer.allocUnsafe(Math.min(chunkBytes, part.sizeBytes - done));
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, part.offset + done);
      if (bytesRead === 0) break;
      done += bytesRead;
      hash.update(bytes.subarray(0, bytesRead));
      yield bytes.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
  if (`sha256:${hash.digest('hex')}` !== part.digest) throw damaged(file, part);
}

function wrongDiffId({ file, diffId }: TarBlob, found: Digest): Fault {
  return new Fault(
    'DIGEST_MISMATCH',
    `Cannot use the layer ${file}: its content hashes to ${found}, expected the diff id ${diffId ?? ''}`,
  );
}

/** A damaged file of the cache is removed, so that the next build makes it anew. */
function damaged(file: string, { path, digest }: SpoolPart): Fault {
  rmSync(file, { force: true });
  return new Fault('DIGEST_MISMATCH', `Cannot read "${path}" from the build cache: it does not hash to ${digest}`, {
    where: { path: file },
    hint: 'The damaged file was removed from the cache; build again',
    retryable: true,
  });
}
