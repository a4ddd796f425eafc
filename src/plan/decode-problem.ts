import {
  type Decoder,
  decodeInteger,
  decodeText,
  listOf,
  mapOf,
  objectOf,
  optional,
  type Place,
  refuse,
} from '../oci/decode.ts';
import { decodeAmount, decodeTime, oneOf } from './decode-choice.ts';
import type { Attempt, Problem, ProblemCause } from './outcome.ts';

function decodePlaceValue(value: unknown, place: Place): string | number {
  return typeof value === 'string' || typeof value === 'number' ? value : refuse(value, place, 'a text or a number');
}

const decodeCause: Decoder<ProblemCause> = objectOf<ProblemCause>({
  message: decodeText,
  code: optional(decodeText),
  frame: optional(decodeText),
});

/** A fault as it was kept. */
export const decodeProblem: Decoder<Problem> = objectOf<Problem>({
  code: decodeText,
  exitCode: decodeInteger,
  message: decodeText,
  hint: decodeText,
  frame: optional(decodeText),
  where: mapOf(decodePlaceValue),
  causes: optional(listOf(decodeCause)),
});

export const decodeAttempt: Decoder<Attempt> = objectOf<Attempt>({
  builder: decodeText,
  node: optional(decodeText),
  route: oneOf('native', 'cross', 'emulated', 'assembled'),
  startedAt: decodeTime,
  durationMs: decodeAmount,
  problem: decodeProblem,
});
