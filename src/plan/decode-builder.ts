import {
  type Decoder,
  decodeBoolean,
  decodeInteger,
  decodeText,
  listOf,
  mapOf,
  objectOf,
  optional,
  type Place,
  refuse,
} from '../oci/decode.ts';
import type { BuilderFacts, NodeFacts } from './builder-facts.ts';
import { decodeAmount, oneOf } from './decode-choice.ts';
import { decodeProblem } from './decode-problem.ts';

function decodeSkew(value: unknown, place: Place): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : refuse(value, place, 'a number');
}

const decodeNode: Decoder<NodeFacts> = objectOf<NodeFacts>({
  name: decodeText,
  endpoint: decodeText,
  state: oneOf('ready', 'unreachable'),
  problem: optional(decodeProblem),
  version: optional(decodeText),
  native: listOf(decodeText),
  emulated: listOf(decodeText),
  declared: optional(listOf(decodeText)),
  canExportCache: optional(decodeBoolean),
  canPushByDigest: decodeBoolean,
  freeBytes: optional(decodeAmount),
  clockSkewMs: optional(decodeSkew),
});

/** A builder as it was found when the plan was made. */
export const decodeBuilder: Decoder<BuilderFacts> = objectOf<BuilderFacts>({
  name: decodeText,
  driver: oneOf('docker', 'docker-container', 'kubernetes', 'remote', 'cloud'),
  context: optional(decodeText),
  endpoint: optional(decodeText),
  state: oneOf('ready', 'missing', 'unreachable', 'wrong'),
  problem: optional(decodeProblem),
  slots: decodeInteger,
  platforms: optional(listOf(decodeText)),
  options: mapOf(decodeText),
  nodes: listOf(decodeNode),
});
