import type { FaultCode } from '../errors/codes.ts';
import { Fault, type FaultWhere } from '../errors/fault.ts';
import type { Answer } from './answer.ts';
import { decodeErrorBody, type ErrorBody } from './error-body.ts';
import type { Tried } from './patience.ts';
import { isFull, isRateLimit } from './retry.ts';
import type { Session } from './session.ts';
import { WireFault } from './wire-fault.ts';

/** Something that is done at a registry: what faults and notes tell about it. */
export interface Operation {
  readonly session: Session;
  /** As in "Cannot ‹what›": `push the blob sha256:… to`, `list the tags of`. */
  readonly what: string;
  readonly repository?: string;
  /** A tag or a digest. */
  readonly reference?: string;
  /** What a 404 means that does not say what is unknown. */
  readonly missing?: FaultCode;
  /** Whether a 412 answers a condition that polyarch set. */
  readonly isConditional?: boolean;
}

/** The fault for an answer that ends an operation. Its message has the reason of the registry, without secrets. */
export function answerFault(operation: Operation, answer: Answer, tried?: Tried): Fault {
  const body = decodeErrorBody(answer.text);
  const code = codeFor(answer, body, operation);
  const said = body.isPage ? `a web page${body.text === '' ? '' : ` ("${body.text}")`}` : body.text;
  const reason = said === '' ? '' : `: ${said}`;
  const head = `${answer.response.url.host} answers ${answer.status}${reason}`;
  return new Fault(code, sentence(operation, `${head}${triedText(tried)}`), {
    where: whereOf(operation),
    ...hintFor(operation.session, code, body),
  });
}

/** The fault for a connection that did not hold. */
export function brokenFault(operation: Operation, fault: Fault, tried?: Tried): Fault {
  const why = fault instanceof WireFault ? fault.reason : fault.message;
  return new Fault(fault.code, sentence(operation, `${why}${triedText(tried)}`), {
    // The fault of the wire is told in the message already.
    cause: fault instanceof WireFault ? fault.cause : fault,
    where: { ...fault.where, ...whereOf(operation) },
    hint: fault.hint,
    retryable: fault.retryable,
  });
}

/** The fault for an answer that says yes, but not as a registry does. */
export function malformedAnswer(operation: Operation, why: string): Fault {
  return new Fault('REGISTRY_ANSWER_MALFORMED', sentence(operation, why), { where: whereOf(operation) });
}

/** A fault of the given code about an operation. */
export function operationFault(operation: Operation, code: FaultCode, why: string): Fault {
  return new Fault(code, sentence(operation, why), { where: whereOf(operation) });
}

function sentence({ session, what, repository }: Operation, why: string): string {
  const place = repository === undefined ? session.registry : `${session.registry}/${repository}`;
  return session.host.redactor.redact(`Cannot ${what} ${place}: ${why}`);
}

function whereOf({ session, repository, reference }: Operation): FaultWhere {
  return {
    registry: session.registry,
    ...(repository === undefined ? {} : { repository }),
    ...(reference === undefined ? {} : { reference }),
    ...(session.side === undefined ? {} : { side: session.side }),
  };
}

function triedText(tried: Tried | undefined): string {
  if (tried === undefined) return '';
  if (tried.why === 'asked-too-long')
    return ` (it asks to wait ${Math.ceil((tried.askedMs ?? 0) / 1000)} s, longer than polyarch waits)`;
  return tried.count < 2 ? '' : ` (tried ${tried.count} times in ${Math.round(tried.elapsedMs / 1000)} s)`;
}

const byStatus: Readonly<Record<number, FaultCode>> = {
  401: 'REGISTRY_UNAUTHORIZED',
  402: 'REGISTRY_DENIED',
  403: 'REGISTRY_DENIED',
  405: 'REGISTRY_UNSUPPORTED',
  408: 'REGISTRY_TIMED_OUT',
  413: 'CONTENT_TOO_LARGE',
};

const byErrorCode: Readonly<Record<string, FaultCode>> = {
  NAME_UNKNOWN: 'REPOSITORY_UNKNOWN',
  REPOSITORY_NOT_FOUND: 'REPOSITORY_UNKNOWN',
  MANIFEST_UNKNOWN: 'MANIFEST_UNKNOWN',
  UNSUPPORTED: 'REGISTRY_UNSUPPORTED',
  TAG_IMMUTABLE: 'TAG_IMMUTABLE',
};

function codeFor(answer: Answer, body: ErrorBody, operation: Operation): FaultCode {
  const { status, text } = answer;
  if (isRateLimit(status, text)) return 'RATE_LIMITED';
  if (isFull(status, text)) return 'REGISTRY_FULL';
  if (status >= 500) return 'REGISTRY_FAILED';
  if (status < 400) return 'REGISTRY_ANSWER_MALFORMED';
  if (/immutab/i.test(text)) return 'TAG_IMMUTABLE';
  if (status === 412 && operation.isConditional === true) return 'TAG_MOVED';
  if (status === 401 && isInsufficient(answer)) return 'REGISTRY_DENIED';
  if (status === 401 || status === 403 || status === 413) return byStatus[status] ?? 'REGISTRY_REFUSED';
  if (status === 416 && /too large|exceeds/i.test(text)) return 'CONTENT_TOO_LARGE';
  const named = body.codes.map((code) => byErrorCode[code]).find((code) => code !== undefined);
  if (named !== undefined) return named;
  if (status === 404) return operation.missing ?? 'REPOSITORY_UNKNOWN';
  return byStatus[status] ?? 'REGISTRY_REFUSED';
}

function isInsufficient({ response }: Answer): boolean {
  return response.headers('www-authenticate').some((header) => header.includes('insufficient_scope'));
}

/** What to do, where more is known than the catalogue knows. */
function hintFor(
  session: Session,
  code: FaultCode,
  body: ErrorBody,
): { readonly hint?: string; readonly cause?: unknown } {
  if (body.isPage && code !== 'REGISTRY_FAILED' && code !== 'REGISTRY_FULL')
    return { hint: 'A web page answered: check the host name, and whether a proxy or a login page stands before it' };
  if (code !== 'REGISTRY_UNAUTHORIZED' && code !== 'REGISTRY_DENIED') return {};
  const search = session.authorizer.lastSearch;
  const failed = search?.failures[0];
  if (failed !== undefined) return { hint: `${failed.message}. ${failed.hint}`, cause: failed };
  if (search?.place !== undefined)
    return { hint: `The login comes from ${search.place}: check its rights, or log in again` };
  return {
    hint: `No login for ${session.registry} was found: use \`docker login ${session.registry}\`, or set DOCKER_AUTH_CONFIG`,
  };
}
