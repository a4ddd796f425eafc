import {
  type Decoder,
  decodeDigest,
  decodeDocument,
  decodeText,
  isRecord,
  listOf,
  objectOf,
  optional,
  type Place,
  refuse,
} from '../oci/decode.ts';
import type { CellRecord } from './cell-record.ts';
import { decodeTime, decodeVersion, oneOf } from './decode-choice.ts';
import { decodePart } from './decode-part.ts';
import { decodeAttempt, decodeProblem } from './decode-problem.ts';
import type { CellOutcome } from './outcome.ts';

type OutcomeOf<State extends CellOutcome['state']> = Extract<CellOutcome, { readonly state: State }>;

const outcomeDecoders: { readonly [State in CellOutcome['state']]: Decoder<OutcomeOf<State>> } = {
  built: objectOf<OutcomeOf<'built'>>({
    cell: decodeText,
    state: oneOf('built'),
    part: decodePart,
    attempts: optional(listOf(decodeAttempt)),
  }),
  reused: objectOf<OutcomeOf<'reused'>>({
    cell: decodeText,
    state: oneOf('reused'),
    part: decodePart,
    reason: decodeText,
  }),
  carried: objectOf<OutcomeOf<'carried'>>({
    cell: decodeText,
    state: oneOf('carried'),
    part: decodePart,
    reason: decodeText,
    problem: decodeProblem,
  }),
  failed: objectOf<OutcomeOf<'failed'>>({
    cell: decodeText,
    state: oneOf('failed'),
    problem: decodeProblem,
    attempts: optional(listOf(decodeAttempt)),
    command: optional(decodeText),
  }),
  skipped: objectOf<OutcomeOf<'skipped'>>({ cell: decodeText, state: oneOf('skipped'), reason: decodeText }),
};

const decodeState = oneOf('built', 'reused', 'carried', 'failed', 'skipped');

/** What became of one cell, as it was kept. */
export function decodeCellOutcome(value: unknown, place: Place): CellOutcome {
  if (!isRecord(value)) return refuse(value, place, 'an object');
  const state = decodeState(value['state'], { document: place.document, path: `${place.path}.state` });
  return outcomeDecoders[state](value, place);
}

const decodeFields: Decoder<CellRecord> = objectOf<CellRecord>({
  version: decodeVersion,
  kind: oneOf('polyarch/part'),
  runId: decodeText,
  cell: decodeText,
  platform: decodeText,
  finishedAt: decodeTime,
  inputs: optional(decodeDigest),
  outcome: decodeCellOutcome,
  logTail: optional(listOf(decodeText)),
});

/**
 * Reads the record of a cell from JSON bytes or a parsed value. Cell and platform must be the same wherever they stand.
 *
 * @throws {Fault} DOCUMENT_MALFORMED
 */
export function decodeCellRecord(input: unknown): CellRecord {
  return decodeDocument(input, 'part record', decodeAgreeing);
}

function decodeAgreeing(value: unknown, place: Place): CellRecord {
  const record = decodeFields(value, place);
  const { cell, platform, outcome } = record;
  const part = 'part' in outcome ? outcome.part : undefined;
  for (const [path, found, expected] of [
    ['outcome.cell', outcome.cell, cell],
    ['outcome.part.cell', part?.cell ?? cell, cell],
    ['outcome.part.platform', part?.platform ?? platform, platform],
  ] as const) {
    if (found !== expected)
      refuse(found, { document: place.document, path: `${place.path}.${path}` }, JSON.stringify(expected));
  }
  return record;
}
