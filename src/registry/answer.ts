import type { Failure } from './retry.ts';
import { parseRetryAfter } from './retry-after.ts';
import type { WireResponse } from './wire-response.ts';

/** What a registry answered. The body of a refusal is read already; any other must be read or discarded. */
export interface Answer {
  readonly status: number;
  readonly response: WireResponse;
  /** Whether the registry itself answered, and not a server that it redirected to. */
  readonly isHome: boolean;
  /** The beginning of the body of a refusal (400 and above), else empty. */
  readonly text: string;
}

const longestRefusal = 16 * 1024;

/** Takes an answer in; of a refusal also the text, which frees the connection. */
export async function toAnswer(response: WireResponse, isHome: boolean): Promise<Answer> {
  const { status } = response;
  return { status, response, isHome, text: status < 400 ? '' : await response.excerpt(longestRefusal) };
}

/** An answer as far as trying again is concerned. */
export function failureOf(answer: Answer, now: Date): Failure {
  const { status, text, response } = answer;
  const askedMs = parseRetryAfter(response.header('retry-after'), text, now);
  return { kind: 'status', status, text, ...(askedMs === undefined ? {} : { askedMs }) };
}
