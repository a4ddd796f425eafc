import { Fault, isFault } from '../errors/fault.ts';
import {
  type Decoder,
  decodeBoolean,
  decodeDocument,
  decodeInteger,
  decodeText,
  listOf,
  objectOf,
  optional,
  refuse,
} from '../oci/decode.ts';
import { type Descriptor, descriptorDecoder } from '../oci/descriptor.ts';
import type { OrderEvidence } from '../plan/order-evidence.ts';

/** What a publication does to tags, kept on disk before the first one moves. Plain JSON. */
export interface PublishRecord {
  readonly version: 1;
  readonly kind: 'polyarch/publish';
  readonly runId: string;
  /** `moving`: begun, and perhaps broken off in the middle. */
  readonly state: 'moving' | 'published' | 'rolled-back';
  /** In the order in which tags move. */
  readonly places: readonly RecordedPlace[];
}

/** One release in one repository. */
export interface RecordedPlace {
  /** `image[/variant]` */
  readonly release: string;
  readonly repository: string;
  readonly insecure?: boolean;
  readonly required: boolean;
  readonly index: Descriptor;
  readonly order: OrderEvidence;
  readonly moves: readonly RecordedMove[];
}

export interface RecordedMove {
  readonly tag: string;
  readonly to: Descriptor;
  /** What it pointed at right before; absent where it pointed at nothing. */
  readonly from?: Descriptor;
  readonly immutable?: boolean;
  /** Of the image of one platform alone: the tag of the whole release that tells its age. */
  readonly beside?: string;
  /** Set right before it is moved: without it the tag was never touched. */
  readonly begun?: boolean;
}

/** @throws {Fault} PUBLISH_RECORD_MALFORMED */
export function decodePublishRecord(bytes: Uint8Array, file: string): PublishRecord {
  try {
    return decodeDocument(bytes, 'record of tag moves', recordDecoder);
  } catch (cause) {
    if (!isFault(cause)) throw cause;
    throw new Fault('PUBLISH_RECORD_MALFORMED', `Cannot go on with the publication in "${file}": ${cause.message}`, {
      cause,
      where: { file },
    });
  }
}

function oneOf<Word extends string>(...words: readonly Word[]): Decoder<Word> {
  return (value, place) => words.find((word) => word === value) ?? refuse(value, place, words.join(' or '));
}

const orderDecoder: Decoder<OrderEvidence> = objectOf<OrderEvidence>({
  version: optional(decodeText),
  commit: optional(decodeText),
  commitDate: optional(decodeText),
  runNumber: optional(decodeInteger),
});

const moveDecoder: Decoder<RecordedMove> = objectOf<RecordedMove>({
  tag: decodeText,
  to: descriptorDecoder,
  from: optional(descriptorDecoder),
  immutable: optional(decodeBoolean),
  beside: optional(decodeText),
  begun: optional(decodeBoolean),
});

const placeDecoder: Decoder<RecordedPlace> = objectOf<RecordedPlace>({
  release: decodeText,
  repository: decodeText,
  insecure: optional(decodeBoolean),
  required: decodeBoolean,
  index: descriptorDecoder,
  order: orderDecoder,
  moves: listOf(moveDecoder),
});

const recordDecoder: Decoder<PublishRecord> = objectOf<PublishRecord>({
  version: (value, place) => (value === 1 ? 1 : refuse(value, place, '1')),
  kind: oneOf('polyarch/publish'),
  runId: decodeText,
  state: oneOf('moving', 'published', 'rolled-back'),
  places: listOf(placeDecoder),
});
