import {
  type Decoder,
  decodeDigest,
  decodeDocument,
  decodeText,
  listOf,
  objectOf,
  optional,
  type Place,
} from '../oci/decode.ts';
import { descriptorDecoder } from '../oci/descriptor.ts';
import type { Finding, RuleName } from '../verify/finding.ts';
import { decodeCellOutcome } from './decode-cell-record.ts';
import { decodeAmount, decodeTime, decodeVersion, oneOf } from './decode-choice.ts';
import { decodeProblem } from './decode-problem.ts';
import type { DestinationOutcome, Outcome, ReleaseOutcome } from './outcome.ts';
import type { TagMove } from './tag-move.ts';

const decodeMove: Decoder<TagMove> = objectOf<TagMove>({
  repository: decodeText,
  tag: decodeText,
  state: oneOf('new', 'moved', 'unchanged', 'kept-newer', 'refused', 'rolled-back'),
  from: optional(decodeDigest),
  to: optional(decodeDigest),
  reason: optional(decodeText),
});

/** The name of a rule is only shown: another polyarch may know more of them. */
function decodeRule(value: unknown, place: Place): RuleName {
  return decodeText(value, place) as RuleName; // any text is shown well
}

const decodeFinding: Decoder<Finding> = objectOf<Finding>({
  rule: decodeRule,
  level: oneOf('error', 'warning'),
  message: decodeText,
  platform: optional(decodeText),
  layer: optional(decodeText),
  path: optional(decodeText),
  found: optional(decodeText),
  expected: optional(decodeText),
  hint: optional(decodeText),
});

const decodeDestination: Decoder<DestinationOutcome> = objectOf<DestinationOutcome>({
  name: decodeText,
  kind: decodeText,
  state: oneOf('written', 'unchanged', 'failed', 'skipped'),
  tags: listOf(decodeText),
  moves: optional(listOf(decodeMove)),
  problem: optional(decodeProblem),
});

const decodeReleaseOutcome: Decoder<ReleaseOutcome> = objectOf<ReleaseOutcome>({
  id: decodeText,
  index: optional(descriptorDecoder),
  platforms: listOf(decodeText),
  missing: listOf(decodeText),
  findings: listOf(decodeFinding),
  checks: listOf(decodeText),
  destinations: listOf(decodeDestination),
});

const decodeFields: Decoder<Outcome> = objectOf<Outcome>({
  version: decodeVersion,
  runId: decodeText,
  startedAt: decodeTime,
  durationMs: decodeAmount,
  state: oneOf('succeeded', 'failed'),
  cells: listOf(decodeCellOutcome),
  releases: listOf(decodeReleaseOutcome),
  notes: listOf(decodeText),
});

/** Reads the outcome of a run, as it was kept, from JSON bytes or a parsed value. @throws {Fault} DOCUMENT_MALFORMED */
export function decodeOutcome(input: unknown): Outcome {
  return decodeDocument(input, 'outcome of a run', decodeFields);
}
