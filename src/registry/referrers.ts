import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { decodeIndex } from '../oci/image-index.ts';
import { mediaTypes } from '../oci/media-types.ts';
import { failureOf } from './answer.ts';
import { attempt, type RegistryRequest } from './attempt.ts';
import { type Document, fetchDocument, nextPage } from './document.ts';
import { operationAt, type Place, referrersUrl } from './place.ts';
import { listReferrersTag } from './referrers-tag.ts';
import { malformedAnswer, type Operation } from './registry-fault.ts';
import { isPassing } from './retry.ts';
import { pullScope } from './scope.ts';

const zeroDigest: Digest = `sha256:${'0'.repeat(64)}`;
const pagesAtMost = 1000;
const probesAtMost = 3;
const probeDelayMs = 1000;

/**
 * What refers to a manifest: by the referrers API, else by the referrers tag. Filtered by artifact type where one is given,
 * by the registry or here. https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers
 */
export async function listReferrers(
  place: Place,
  subject: Digest,
  artifactType?: string,
): Promise<readonly Descriptor[]> {
  const byApi = (await hasReferrersApi(place)) ? await listByApi(place, subject, artifactType) : undefined;
  const entries = byApi ?? (await listReferrersTag(place, subject));
  return artifactType === undefined ? entries : entries.filter((entry) => entry.artifactType === artifactType);
}

/**
 * Whether the registry lists referrers by itself. Asked once a repository, about a digest that nothing has: only a list
 * means yes; not found, a redirect to another site, a web page and any refusal mean no. So does a fault that stays: a
 * referrers tag that nobody needs does no harm.
 */
export function hasReferrersApi(place: Place): Promise<boolean> {
  const { referrersApi } = place.session.contact;
  const known = referrersApi.get(place.name) ?? probe(place);
  referrersApi.set(place.name, known);
  known.catch(() => referrersApi.delete(place.name));
  return known;
}

async function probe(place: Place): Promise<boolean> {
  const { host } = place.session;
  for (let tries = 1; ; tries += 1) {
    const attempted = await attempt(place.session, requestFor(place, referrersUrl(place, zeroDigest)));
    const isLast = tries >= probesAtMost;
    if (attempted.kind === 'answered') {
      const { response, status } = attempted.answer;
      if (status < 400) await response.discard();
      if (status === 200 && response.mediaType === mediaTypes.index) return true;
      if (isLast || !isPassing(failureOf(attempted.answer, host.clock.now()))) return false;
    } else if (isLast || !attempted.fault.retryable) return false;
    await host.clock.sleep(probeDelayMs * tries, host.signal);
  }
}

async function listByApi(
  place: Place,
  subject: Digest,
  artifactType: string | undefined,
): Promise<readonly Descriptor[] | undefined> {
  const operation = operationAt(place, { what: `list the referrers of ${subject} in`, reference: subject });
  const entries: Descriptor[] = [];
  let next: URL | undefined = referrersUrl(place, subject);
  if (artifactType !== undefined) next.searchParams.set('artifactType', artifactType);
  for (let page = 0; next !== undefined; page += 1) {
    const document: Document | undefined = await fetchList(operation, requestFor(place, next));
    if (document === undefined) return undefined;
    entries.push(...decodeIndex(document.bytes).manifests);
    if (page >= pagesAtMost) throw malformedAnswer(operation, `it has more than ${pagesAtMost} pages`);
    next = nextPage(operation, document);
  }
  return entries;
}

async function fetchList(operation: Operation, request: RegistryRequest): Promise<Document | undefined> {
  const document = await fetchDocument(operation, request);
  const { status, response } = document.answer;
  return status === 200 && response.mediaType === mediaTypes.index ? document : undefined;
}

/** A redirect to another site is an answer here, not a way: GHCR leads to its web pages, GAR to a login. */
function requestFor(place: Place, url: URL): RegistryRequest {
  const headers = { accept: mediaTypes.index };
  return { method: 'GET', url, headers, scopes: [pullScope(place.name)], leavesHome: false };
}
