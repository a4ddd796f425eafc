import { isFault } from '../errors/fault.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { type Digest, digestOf } from '../oci/digest.ts';
import { documentLimitBytes } from '../oci/parse-json.ts';
import { fetchManifest, headManifest } from './manifest.ts';
import { operationAt, type Place } from './place.ts';
import { type ManifestPut, type ManifestTaken, putReference } from './put-manifest.ts';
import { referrerOf } from './referrer-entry.ts';
import { hasReferrersApi } from './referrers.ts';
import { changeReferrersTag } from './referrers-tag.ts';
import { operationFault } from './registry-fault.ts';

export interface PutManifestOptions {
  readonly mediaType: string;
  /** Default: the sha256 of the bytes. */
  readonly digest?: Digest;
  /** Tags to move, in this order; without any the manifest is only stored under its digest. */
  readonly tags?: readonly string[];
  /**
   * What each tag must point at before it is moved: a digest, or `absent`. Compared by HEAD, and by the registry itself
   * where it honours If-Match. A tag that points at this manifest already is left as it is. Default: whatever is there is
   * replaced.
   */
  readonly expected?: Digest | 'absent';
  /** Whether the manifest is known to be there under its digest, so that only tags move. Default: false. */
  readonly isStored?: boolean;
  /** Keep the referrers tag of the subject where the registry does not list referrers by itself. Default: true. */
  readonly keepReferrersTag?: boolean;
}

/**
 * Stores a manifest, moves its tags, and lists it among the referrers of its subject.
 * @throws {Fault} TAG_MOVED, TAG_IMMUTABLE, DOCUMENT_MALFORMED, REGISTRY_REFUSED, REFERRERS_CONTENDED
 */
export async function pushManifest(place: Place, bytes: Uint8Array, options: PutManifestOptions): Promise<Descriptor> {
  const { mediaType, tags = [], expected, keepReferrersTag = true, isStored = false } = options;
  const digest = options.digest ?? digestOf(bytes);
  const descriptor = { mediaType, digest, size: bytes.byteLength };
  if (bytes.byteLength > documentLimitBytes) {
    const operation = operationAt(place, { what: `push the manifest ${digest} to`, reference: digest });
    throw operationFault(operation, 'CONTENT_TOO_LARGE', `it has ${bytes.byteLength} bytes, expected at most 8 MiB`);
  }
  const referrer = referrerOf(descriptor, bytes);
  const put = { bytes, digest, mediaType };
  const taken =
    expected === undefined
      ? await putTags(place, put, tags)
      : await putExpected(place, put, { tags, expected, isStored });
  if (referrer !== undefined && keepReferrersTag) {
    const isListed = taken.knowsSubject && (await hasReferrersApi(place));
    if (!isListed) await changeReferrersTag(place, referrer.subject.digest, { add: referrer.entry });
  }
  return descriptor;
}

/** Makes a tag point at a manifest that the repository holds. @throws {Fault} MANIFEST_UNKNOWN */
export async function moveTag(
  place: Place,
  descriptor: Descriptor,
  options: { readonly tag: string; readonly expected?: Digest | 'absent' },
): Promise<void> {
  const { bytes } = await fetchManifest(place, descriptor.digest);
  const { tag, ...rest } = options;
  const { mediaType, digest } = descriptor;
  await pushManifest(place, bytes, {
    mediaType,
    digest,
    tags: [tag],
    isStored: true,
    keepReferrersTag: false,
    ...rest,
  });
}

type Content = Pick<ManifestPut, 'bytes' | 'digest' | 'mediaType'>;

/** One tag by one PUT; several by one PUT where the registry can, else by one each. */
async function putTags(place: Place, content: Content, tags: readonly string[]): Promise<ManifestTaken> {
  const { contact } = place.session;
  const [only] = tags;
  if (only === undefined) return putReference(place, { ...content, reference: content.digest });
  if (tags.length === 1 || contact.tagParameters === false) return putEach(place, content, tags);
  const taken = await putAtOnce(place, content, tags);
  contact.tagParameters = taken.tags.length > 0;
  const left = tags.filter((tag) => !taken.tags.includes(tag));
  const rest = left.length === 0 ? undefined : await putEach(place, content, left);
  return { tags, knowsSubject: taken.knowsSubject || rest?.knowsSubject === true };
}

async function putAtOnce(place: Place, content: Content, tags: readonly string[]): Promise<ManifestTaken> {
  try {
    return await putReference(place, { ...content, reference: content.digest, tags });
  } catch (error) {
    // A registry that does not know the parameters may refuse them, or the length of the URL.
    if (!isFault(error, 'REGISTRY_REFUSED', 'CONTENT_TOO_LARGE', 'REGISTRY_UNSUPPORTED')) throw error;
    return { tags: [], knowsSubject: false };
  }
}

async function putEach(place: Place, content: Content, tags: readonly string[]): Promise<ManifestTaken> {
  let knowsSubject = false;
  for (const reference of tags) {
    const taken = await putReference(place, { ...content, reference });
    knowsSubject ||= taken.knowsSubject;
  }
  return { tags, knowsSubject };
}

interface ExpectedTags {
  readonly tags: readonly string[];
  readonly expected: Digest | 'absent';
  readonly isStored: boolean;
}

async function putExpected(
  place: Place,
  content: Content,
  { tags, expected, isStored }: ExpectedTags,
): Promise<ManifestTaken> {
  let knowsSubject = !isStored && (await putReference(place, { ...content, reference: content.digest })).knowsSubject;
  for (const reference of tags) {
    const there = await headManifest(place, reference);
    if (there?.descriptor.digest === content.digest) continue;
    refuseOther(place, reference, { points: there?.descriptor.digest ?? 'absent', expected });
    const guard = there?.etag === undefined ? {} : { condition: { 'if-match': there.etag } };
    const condition = expected === 'absent' ? { condition: { 'if-none-match': '*' } } : guard;
    const put = { ...content, reference, ...condition };
    const taken = await putReference(place, {
      ...put,
      beforeAgain: () => refuseMoved(place, reference, [expected, content.digest]),
    });
    knowsSubject ||= taken.knowsSubject;
  }
  return { tags, knowsSubject };
}

/** After a fault time has gone by: where the registry takes no conditions, another may have moved the tag meanwhile. */
async function refuseMoved(
  place: Place,
  reference: string,
  [expected, digest]: readonly [Digest | 'absent', Digest],
): Promise<void> {
  const points = (await headManifest(place, reference))?.descriptor.digest ?? 'absent';
  if (points !== digest) refuseOther(place, reference, { points, expected });
}

function refuseOther(
  place: Place,
  reference: string,
  { points, expected }: { readonly points: Digest | 'absent'; readonly expected: Digest | 'absent' },
): void {
  if (points === expected) return;
  const operation = operationAt(place, { what: `move the tag "${reference}" in`, reference });
  throw operationFault(operation, 'TAG_MOVED', `it is ${points}, expected ${expected}`);
}
