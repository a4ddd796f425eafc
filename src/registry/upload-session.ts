import { isFault } from '../errors/fault.ts';
import type { Answer } from './answer.ts';
import { attempt } from './attempt.ts';
import type { ContentName } from './blob-source.ts';
import { exchangeThrough } from './exchange-through.ts';
import { resolveLocation } from './location.ts';
import type { Patience } from './patience.ts';
import { type Place, uploadsUrl } from './place.ts';
import { answerFault, malformedAnswer, type Operation, operationFault } from './registry-fault.ts';
import { pullScope, pushScope } from './scope.ts';
import { send } from './send.ts';
import { parseReceived } from './upload-setback.ts';

/** An upload that a registry has opened. */
export interface UploadSession {
  /** Where the next request goes; it changes with every answer. */
  readonly location: URL;
  /** Pieces but the last must not be smaller. */
  readonly smallestPieceBytes: number;
}

export interface OpenUploadOptions {
  readonly operation: Operation;
  readonly patience: Patience;
}

/** Opens an upload by POST. @throws {Fault} REPOSITORY_UNKNOWN, REGISTRY_DENIED, REGISTRY_ANSWER_MALFORMED */
export async function openUpload(
  place: Place,
  content: Pick<ContentName, 'digest'> | undefined,
  options: OpenUploadOptions,
): Promise<UploadSession> {
  const { operation, patience } = options;
  const parameters = content?.digest.startsWith('sha512:') === true ? { 'digest-algorithm': 'sha512' } : {};
  const request = { method: 'POST', url: uploadsUrl(place, parameters), scopes: [pushScope(place.name)] } as const;
  const answer = await send(operation, request, { patience });
  if (answer.status >= 300) throw answerFault(operation, answer);
  await answer.response.discard();
  return sessionOf(operation, answer);
}

/**
 * Asks the registry to take a blob over from another of its repositories. Gives a session where it opened one instead,
 * `refused` for every other answer, and `lost` where none came: a mount is only ever a short cut.
 */
export async function mountBlob(
  place: Place,
  content: ContentName,
  { operation, from }: { readonly operation: Operation; readonly from: string },
): Promise<'mounted' | 'refused' | 'lost' | UploadSession> {
  const url = uploadsUrl(place, { mount: content.digest, from });
  const scopes = [pushScope(place.name), pullScope(from)];
  try {
    const attempted = await attempt(place.session, { method: 'POST', url, scopes });
    if (attempted.kind === 'broken') return 'lost';
    const { answer } = attempted;
    if (answer.status < 400) await answer.response.discard();
    if (answer.status === 201) return 'mounted';
    return answer.status === 202 ? sessionOf(operation, answer) : 'refused';
  } catch (error) {
    // A token service may refuse the scope of the other repository; without it the blob can still be sent.
    if (isFault(error, 'REGISTRY_UNAUTHORIZED')) return 'refused';
    throw error;
  }
}

/** The session after an answer: with its Location, where it has one. @throws {Fault} REDIRECT_REFUSED */
export function nextSession(operation: Operation, session: UploadSession, answer: Answer): UploadSession {
  const text = answer.response.header('location');
  if (text === undefined) return session;
  const { root } = operation.session;
  const place = resolveLocation(text, { from: answer.response.url, registry: root });
  if (place.kind === 'allowed') return { ...session, location: place.url };
  throw operationFault(operation, 'REDIRECT_REFUSED', `it is to go on at "${text.split('?')[0] ?? ''}": ${place.why}`);
}

/** How much of an upload the registry holds; undefined where it cannot go on with it. */
export async function receivedBytes(
  place: Place,
  session: UploadSession,
  options: OpenUploadOptions,
): Promise<{ readonly session: UploadSession; readonly bytes: number } | undefined> {
  const { operation, patience } = options;
  const request = { method: 'GET', url: session.location, scopes: [pushScope(place.name)] } as const;
  const answer = await send(operation, request, { patience });
  if (answer.status >= 400) return undefined;
  await answer.response.discard();
  const bytes = parseReceived(answer.response.header('range'));
  if (answer.status >= 300 || bytes === undefined) return undefined;
  return { session: nextSession(operation, session, answer), bytes };
}

/**
 * Tells the registry that an upload will not be ended, so that nothing of it stays there. Best effort, in a few seconds,
 * also after an interruption.
 */
export async function cancelUpload(place: Place, { location }: UploadSession): Promise<void> {
  const { session, name } = place;
  const { transport, root, limits } = session;
  const limitMs = Math.min(5000, limits.answerMs);
  const short = { ...limits, connectMs: limitMs, answerMs: limitMs, receiveMs: limitMs };
  const request = { method: 'DELETE', url: location, headers: {}, limits: short, signal: new AbortController().signal };
  try {
    const authorization =
      location.origin === root.origin ? await session.authorizer.authorization([pushScope(name)]) : undefined;
    const exchanged = await exchangeThrough(request, { transport, home: root, authorization, onRefused: 'answer' });
    if (exchanged.kind === 'answered') await exchanged.response.discard();
  } catch {
    // The upload has failed or was left; that is what its caller is told.
  }
}

function sessionOf(operation: Operation, answer: Answer): UploadSession {
  const { response } = answer;
  if (response.header('location') === undefined)
    throw malformedAnswer(operation, `${response.url.host} answers ${answer.status} without a Location`);
  const smallest = Number(response.header('oci-chunk-min-length'));
  const smallestPieceBytes = Number.isSafeInteger(smallest) && smallest > 0 ? smallest : 1;
  return nextSession(operation, { location: response.url, smallestPieceBytes }, answer);
}
