import {
  type Decoder,
  decodeBoolean,
  decodeDigest,
  decodeInteger,
  decodeSize,
  decodeText,
  listOf,
  objectOf,
  optional,
} from '../oci/decode.ts';
import { descriptorDecoder } from '../oci/descriptor.ts';
import { decodeAmount } from './decode-choice.ts';
import type { Part, PartLayer } from './part.ts';

const decodeLayer: Decoder<PartLayer> = objectOf<PartLayer>({
  descriptor: descriptorDecoder,
  diffId: decodeDigest,
  cached: decodeBoolean,
  createdBy: decodeText,
});

/** A part as a record keeps it. What it says of its content is not believed here: the content is looked up by digest. */
export const decodePart: Decoder<Part> = objectOf<Part>({
  cell: decodeText,
  platform: decodeText,
  manifest: descriptorDecoder,
  config: descriptorDecoder,
  layers: listOf(decodeLayer),
  sizeBytes: decodeSize,
  durationMs: decodeAmount,
  steps: objectOf<Part['steps']>({ total: decodeInteger, cached: decodeInteger }),
  engine: decodeText,
  location: optional(decodeText),
  attestations: optional(listOf(descriptorDecoder)),
});
