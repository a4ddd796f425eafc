import { Fault } from '../errors/fault.ts';
import { decompress, type DecompressOptions } from './decompress.ts';
import { type Compression } from './detect-compression.ts';
import { HashedStream, type Sha256 } from './layer-writer.ts';
import { type ReadTarOptions, readTar, type TarMember } from './tar-reader.ts';

export interface ReadLayerOptions extends ReadTarOptions, Pick<DecompressOptions, 'signal'> {
  /** What the uncompressed layer must hash to; compared at its end. Default: not compared. */
  readonly diffId?: Sha256;
}

/**
 * Reads the entries of a layer as it is stored. The media type says how it is compressed; where that is `+gzip` or
 * nothing, its bytes decide, since Docker's types are known to be wrong. Iterate to the end: only then is the whole verified.
 * @throws {Fault} DIGEST_MISMATCH, and all that `decompress` and `readTar` throw
 */
export async function* readLayer(
  source: AsyncIterable<Uint8Array>,
  mediaType: string,
  options: ReadLayerOptions = {},
): AsyncGenerator<TarMember, void, undefined> {
  const { diffId, ...rest } = options;
  const declared = compressionOf(mediaType);
  const plain = decompress(source, { ...rest, ...(declared === undefined ? {} : { compression: declared }) });
  const hashed = diffId === undefined ? undefined : new HashedStream(plain);
  yield* readTar(hashed ?? plain, rest);
  const found = hashed?.digest();
  if (found === diffId) return;
  throw new Fault(
    'DIGEST_MISMATCH',
    `Cannot read the layer: its content hashes to ${String(found)}, expected ${String(diffId)}`,
    {
      ...(options.file === undefined ? {} : { where: { file: options.file } }),
    },
  );
}

/** How a media type says a layer is compressed; undefined where its bytes are to decide. */
export function compressionOf(mediaType: string): Compression | undefined {
  return /[+.]zstd$/.test(mediaType) ? 'zstd' : undefined;
}
