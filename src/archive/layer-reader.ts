import { Fault } from '../errors/fault.ts';
import { type DecompressOptions, decompress } from './decompress.ts';
import { HashedStream, type Sha256 } from './layer-writer.ts';
import { type ReadTarOptions, readTar, type TarMember } from './tar-reader.ts';

export interface ReadLayerOptions extends ReadTarOptions, Pick<DecompressOptions, 'signal'> {
  /** What the uncompressed layer must hash to; compared at its end. Default: not compared. */
  readonly diffId?: Sha256;
}

/** Every layer type of OCI and Docker; not the encrypted ones, which end otherwise. */
const layerType = /\.tar(?:[+.](?:gzip|zstd))?$/;

/**
 * Reads the entries of a layer as it is stored. How it is compressed is seen from its bytes, as containerd does, since
 * media types are often wrong about it. Iterate to the end: only then is the whole verified.
 * @throws {Fault} ARCHIVE_UNSUPPORTED, DIGEST_MISMATCH, and all that `decompress` and `readTar` throw
 */
export async function* readLayer(
  source: AsyncIterable<Uint8Array>,
  mediaType: string,
  options: ReadLayerOptions = {},
): AsyncGenerator<TarMember, void, undefined> {
  const { diffId, ...rest } = options;
  const where = options.file === undefined ? {} : { where: { file: options.file } };
  if (!layerType.test(mediaType)) {
    const found = `its media type is "${mediaType}", expected that of a tar`;
    throw new Fault('ARCHIVE_UNSUPPORTED', `Cannot read the layer: ${found}`, where);
  }
  const plain = decompress(source, rest);
  if (diffId === undefined) return yield* readTar(plain, rest);
  const hashed = new HashedStream(plain);
  yield* readTar(hashed, rest);
  if (hashed.digest() === diffId) return;
  const found = `its content hashes to ${hashed.digest()}, expected ${diffId}`;
  throw new Fault('DIGEST_MISMATCH', `Cannot read the layer: ${found}`, where);
}
