import {
  type Decoder,
  decodeBoolean,
  decodeInteger,
  decodeText,
  isRecord,
  listOf,
  mapOf,
  objectOf,
  optional,
  type Place,
  refuse,
} from '../oci/decode.ts';
import { decodePath } from './decode-cell.ts';
import { oneOf } from './decode-choice.ts';
import type { OrderEvidence } from './order-evidence.ts';
import type { Destination, PlannedRelease } from './plan.ts';

type DestinationOf<Kind extends Destination['kind']> = Extract<Destination, { readonly kind: Kind }>;

const destinationDecoders: { readonly [Kind in Destination['kind']]: Decoder<DestinationOf<Kind>> } = {
  oci: objectOf<DestinationOf<'oci'>>({ kind: oneOf('oci'), path: decodePath, tags: listOf(decodeText) }),
  'oci-archive': objectOf<DestinationOf<'oci-archive'>>({
    kind: oneOf('oci-archive'),
    path: decodePath,
    tags: listOf(decodeText),
    names: mapOf(decodeText),
  }),
  'docker-archive': objectOf<DestinationOf<'docker-archive'>>({
    kind: oneOf('docker-archive'),
    path: decodePath,
    tags: listOf(decodeText),
  }),
  docker: objectOf<DestinationOf<'docker'>>({ kind: oneOf('docker'), tags: listOf(decodeText) }),
  repository: objectOf<DestinationOf<'repository'>>({
    kind: oneOf('repository'),
    repository: decodeText,
    tags: listOf(decodeText),
    required: decodeBoolean,
    public: optional(decodeBoolean),
    insecure: optional(decodeBoolean),
    immutable: optional(listOf(decodeText)),
    architectureTags: optional(mapOf(listOf(decodeText))),
  }),
};

const decodeKind = oneOf('oci', 'oci-archive', 'docker-archive', 'docker', 'repository');

function decodeDestination(value: unknown, place: Place): Destination {
  if (!isRecord(value)) return refuse(value, place, 'an object');
  const kind = decodeKind(value['kind'], { document: place.document, path: `${place.path}.kind` });
  return destinationDecoders[kind](value, place);
}

const decodeOrder: Decoder<OrderEvidence> = objectOf<OrderEvidence>({
  version: optional(decodeText),
  commit: optional(decodeText),
  commitDate: optional(decodeText),
  runNumber: optional(decodeInteger),
});

/** A release of a plan that was written to a file. */
export const decodeRelease: Decoder<PlannedRelease> = objectOf<PlannedRelease>({
  id: decodeText,
  image: decodeText,
  variant: decodeText,
  cells: listOf(decodeText),
  annotations: mapOf(decodeText),
  descriptorAnnotations: mapOf(mapOf(decodeText)),
  allowForeign: listOf(decodeText),
  order: decodeOrder,
  destinations: listOf(decodeDestination),
  leftOut: listOf(objectOf<PlannedRelease['leftOut'][number]>({ repository: decodeText, reason: decodeText })),
});
