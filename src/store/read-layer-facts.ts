import { decompress } from '../archive/decompress.ts';
import { HashedStream } from '../archive/layer-writer.ts';
import type { TarContent } from '../archive/tar-content.ts';
import { readTar } from '../archive/tar-reader.ts';
import type { FileBytes } from '../binary/file-bytes.ts';
import { headBytes, magicBytes, mayBeBinary, needsTail, tailBytes } from '../binary/read-binary.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { collectLayerFact, type LayerFact, type LayerFacts } from '../verify/layer-facts.ts';
import type { ContentStore } from './content-store.ts';

/** What a layer was found to hold when it was read whole. Plain JSON. */
export interface LayerReading {
  readonly diffId: Digest;
  readonly facts: LayerFacts;
}

/** Where readings of layers are kept, so that a layer is read once and not at every proof. */
export interface KeptReadings {
  read(layer: Descriptor): LayerReading | undefined;
  write(layer: Descriptor, reading: LayerReading): void;
}

/**
 * Reads a layer to its end: what lies in it, the machine of every program, and the digest of the uncompressed tar.
 * The bytes are checked against the descriptor on the way.
 *
 * @throws {Fault} CONTENT_MISSING, DIGEST_MISMATCH, SIZE_MISMATCH, ARCHIVE_MALFORMED and the limits of `archive/`
 */
export async function readLayerFacts(store: ContentStore, layer: Descriptor): Promise<LayerReading> {
  const tar = new HashedStream(decompress(store.read(layer)));
  const facts = await collectFacts(tar);
  return { diffId: tar.digest(), facts };
}

/** What lies in an uncompressed layer, read to its end. @throws {Fault} ARCHIVE_MALFORMED and the limits of `archive/` */
export async function collectFacts(tar: AsyncIterable<Uint8Array>): Promise<LayerFacts> {
  const facts: LayerFact[] = [];
  for await (const { entry, content } of readTar(tar)) {
    const bytes = entry.type === 'file' && entry.sizeBytes >= magicBytes ? await readEnds(content) : undefined;
    const fact = collectLayerFact(entry, bytes);
    if (fact !== undefined) facts.push(fact);
  }
  return facts;
}

/** The beginning of a file, and its end where the beginning asks for it; undefined for a file that is no program. */
async function readEnds(content: TarContent): Promise<FileBytes | undefined> {
  let head: Uint8Array = new Uint8Array();
  let tail: Uint8Array = new Uint8Array();
  let offset = 0;
  let wantsTail: boolean | undefined;
  for await (const chunk of content) {
    if (head.length < headBytes) head = joined(head, chunk.subarray(0, headBytes - head.length));
    if (head.length >= magicBytes && !mayBeBinary(head)) return undefined;
    offset += chunk.length;
    tail = joined(tail, chunk).subarray(-tailBytes);
    if (head.length === headBytes) wantsTail ??= needsTail(head);
    if (wantsTail === false) return { head };
  }
  return { head, tail: { offset: offset - tail.length, bytes: tail } };
}

/** Most files come in one piece, which is then not copied. */
function joined(before: Uint8Array, after: Uint8Array): Uint8Array {
  return before.length === 0 ? after : Buffer.concat([before.subarray(-tailBytes), after]);
}
