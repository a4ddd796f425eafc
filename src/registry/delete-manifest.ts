import { isFault } from '../errors/fault.ts';
import { isDigest } from '../oci/digest.ts';
import { fetchManifest } from './manifest.ts';
import { manifestUrl, operationAt, type Place } from './place.ts';
import { type Referrer, referrerOf } from './referrer-entry.ts';
import { hasReferrersApi } from './referrers.ts';
import { changeReferrersTag } from './referrers-tag.ts';
import { answerFault } from './registry-fault.ts';
import { pushScope } from './scope.ts';
import { send } from './send.ts';

/**
 * Deletes a manifest by its digest, with every tag that points at it, or one tag where the registry can. What is not
 * there is no fault. The entry in a referrers tag goes as well.
 * @throws {Fault} REGISTRY_UNSUPPORTED, REGISTRY_DENIED
 */
export async function deleteManifest(place: Place, tagOrDigest: string): Promise<void> {
  const referrer = await referrerToForget(place, tagOrDigest);
  const operation = operationAt(place, {
    what: `delete ${isDigest(tagOrDigest) ? tagOrDigest : `the tag "${tagOrDigest}"`} in`,
    reference: tagOrDigest,
  });
  const url = manifestUrl(place, tagOrDigest);
  const answer = await send(operation, { method: 'DELETE', url, scopes: [pushScope(place.name)] });
  if (answer.status >= 300 && answer.status !== 404) throw answerFault(operation, answer);
  if (answer.status < 300) await answer.response.discard();
  if (referrer !== undefined)
    await changeReferrersTag(place, referrer.subject.digest, { remove: referrer.entry.digest });
}

async function referrerToForget(place: Place, tagOrDigest: string): Promise<Referrer | undefined> {
  if (!isDigest(tagOrDigest) || (await hasReferrersApi(place))) return undefined;
  try {
    const { descriptor, bytes } = await fetchManifest(place, tagOrDigest);
    return referrerOf(descriptor, bytes);
  } catch (error) {
    if (isFault(error, 'MANIFEST_UNKNOWN', 'REPOSITORY_UNKNOWN', 'DOCUMENT_MALFORMED')) return undefined;
    throw error;
  }
}
