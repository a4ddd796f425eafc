import type { Digest } from '../oci/digest.ts';
import { attempt } from './attempt.ts';
import type { ContentName } from './blob-source.ts';
import type { Patience } from './patience.ts';
import { blobUrl, operationAt, type Place } from './place.ts';
import { answerFault } from './registry-fault.ts';
import { pullScope, pushScope } from './scope.ts';
import { send } from './send.ts';

export interface HeadBlobOptions {
  /** Ask with the token of a push, which is at hand then. */
  readonly isPushing?: boolean;
  readonly patience?: Patience;
}

/**
 * Whether the repository holds a blob, with the size that it should have. Where HEAD is forbidden or not known, it does
 * not: a push then sends what may be there, which is slower and never wrong.
 */
export async function hasBlob(place: Place, content: ContentName, options: HeadBlobOptions = {}): Promise<boolean> {
  const { session, name } = place;
  const operation = operationAt(place, { what: `look for the blob ${content.digest} in`, reference: content.digest });
  const scopes = [options.isPushing === true ? pushScope(name) : pullScope(name)];
  const { patience } = options;
  const request = { method: 'HEAD', url: blobUrl(place, content.digest), scopes } as const;
  const answer = await send(operation, request, patience === undefined ? {} : { patience });
  const { status, response } = answer;
  if (status < 400) await response.discard();
  if (status === 200) return response.length === undefined || response.length === content.size;
  if (status === 404 || status === 403 || status === 405) return false;
  // A refused HEAD has no words; the same as GET tells why.
  const told = await attempt(session, { ...request, method: 'GET', headers: { range: 'bytes=0-0' } });
  if (told.kind === 'broken') throw answerFault(operation, answer);
  if (told.answer.status >= 400) throw answerFault(operation, told.answer);
  await told.answer.response.discard();
  return true;
}

/** Deletes a blob. What is not there is no fault. @throws {Fault} REGISTRY_UNSUPPORTED, REGISTRY_DENIED */
export async function deleteBlob(place: Place, digest: Digest): Promise<void> {
  const operation = operationAt(place, { what: `delete the blob ${digest} in`, reference: digest });
  const answer = await send(operation, {
    method: 'DELETE',
    url: blobUrl(place, digest),
    scopes: [pushScope(place.name)],
  });
  if (answer.status === 404) return;
  if (answer.status >= 300) throw answerFault(operation, answer);
  await answer.response.discard();
}
