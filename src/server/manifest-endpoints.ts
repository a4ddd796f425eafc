import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { type ImageNode, subjectOf } from '../oci/image-graph.ts';
import { isTag } from '../oci/reference.ts';
import { keepFromCollection, refuseInUse } from './blob-endpoints.ts';
import { ManifestGraph, type MissingContent } from './manifest-graph.ts';
import { arePreconditionsMet, entityTag, isNotModified, type Preconditions } from './preconditions.ts';
import { decodePushedManifest } from './pushed-manifest.ts';
import type { RegistryContext } from './registry-context.ts';
import type { RegistryRequest } from './registry-request.ts';
import type { IndexChange, RepositoryStorage } from './registry-storage.ts';
import { type Reply, type ReplyHeaders, refuse } from './reply.ts';
import { RepositoryIndex } from './repository-index.ts';
import type { ManifestReference } from './route.ts';

export interface ManifestTarget {
  readonly repository: string;
  readonly reference: ManifestReference;
}

/** end-3: a manifest by tag or digest. https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests */
export async function readManifest(
  context: RegistryContext,
  request: RegistryRequest,
  { repository, reference }: ManifestTarget,
): Promise<Reply> {
  const storage = context.storage.repository(repository);
  const index = await storage.index();
  if (index === undefined) return refuse(404, 'NAME_UNKNOWN', 'the registry has no such repository');
  const descriptor =
    reference.kind === 'tag'
      ? index.tagged(reference.tag)
      : await new ManifestGraph(storage, index, context.manifests).find(reference.digest);
  if (descriptor === undefined) return manifestUnknown(reference);
  const { digest, mediaType } = descriptor;
  if (request.method === 'HEAD' && !(await keepFromCollection(context, storage, digest))) {
    return manifestUnknown(reference);
  }
  const blob = await storage.open(digest);
  if (blob === undefined) return manifestUnknown(reference);
  const headers = { 'Content-Type': mediaType, 'Docker-Content-Digest': digest, ETag: entityTag(digest) };
  const body = { size: blob.size, read: () => blob.read(), close: () => blob.close() };
  return { status: isNotModified(request.header('if-none-match'), digest) ? 304 : 200, headers, body };
}

/**
 * end-7a and end-7b: stores a manifest and moves tags to it, where everything it needs is here. `If-Match` and
 * `If-None-Match` are held against what each of the tags points at, or without one against the manifest itself.
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-manifests
 */
export async function putManifest(
  context: RegistryContext,
  request: RegistryRequest,
  { repository, reference }: ManifestTarget,
): Promise<Reply> {
  const { manifestBytes } = context.limits;
  if ((request.announcedBytes ?? 0) > manifestBytes) return manifestTooLarge(manifestBytes);
  const bytes = await request.wholeBody({ maxBytes: manifestBytes });
  const parameters = request.query.getAll('tag');
  if (!parameters.every(isTag)) return refuse(400, 'TAG_INVALID', 'the parameter "tag" holds something that is no tag');
  const pushed = decodePushedManifest(bytes, request.header('content-type'), reference);
  if ('refusal' in pushed) return pushed.refusal;
  const { descriptor, node } = pushed;
  const storage = context.storage.repository(repository);
  const tags = [...new Set([...(reference.kind === 'tag' ? [reference.tag] : []), ...parameters])];
  const change = { descriptor, node, bytes, tags, conditions: preconditionsOf(request) };
  const index = await storage.index();
  const early = await refuseManifest({ context, storage, index: index ?? new RepositoryIndex() }, change);
  if (early !== undefined && index === undefined) return early;
  // What will be taken is on the disk before anybody waits for it; a refusal is only sure while nothing else happens.
  if (early === undefined) await storage.put(descriptor.digest, bytes);
  const refusal = await storage.change((current) => place({ context, storage, index: current }, change));
  if (refusal !== undefined) return refusal;
  const subject = subjectOf(node);
  return {
    status: 201,
    headers: {
      Location: `/v2/${repository}/manifests/${descriptor.digest}`,
      'Docker-Content-Digest': descriptor.digest,
      ETag: entityTag(descriptor.digest),
      ...(subject === undefined ? {} : { 'OCI-Subject': subject.digest }),
      ...(parameters.length === 0 ? {} : { 'OCI-Tag': parameters }),
    } satisfies ReplyHeaders,
  };
}

/**
 * end-9: deletes a tag, or a manifest with all its tags. A manifest that an index lists stays: an index is never left
 * with a platform that cannot be pulled. https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#deleting-manifests
 */
export async function deleteManifest(
  context: RegistryContext,
  request: RegistryRequest,
  { repository, reference }: ManifestTarget,
): Promise<Reply> {
  const storage = context.storage.repository(repository);
  if ((await storage.index()) === undefined) return refuse(404, 'NAME_UNKNOWN', 'the registry has no such repository');
  return storage.change((index) => remove({ context, storage, index }, reference, preconditionsOf(request)));
}

interface Change {
  readonly context: RegistryContext;
  readonly storage: RepositoryStorage;
  readonly index: RepositoryIndex;
}

interface Pushed {
  readonly descriptor: Descriptor;
  readonly node: ImageNode;
  readonly bytes: Uint8Array;
  readonly tags: readonly string[];
  readonly conditions: Preconditions;
}

/** Why a manifest cannot be taken as things are. */
async function refuseManifest(
  { context, storage, index }: Change,
  { descriptor, node, tags, conditions }: Pushed,
): Promise<Reply | undefined> {
  const current = pointedAt(index, descriptor.digest, tags);
  if (!current.every((digest) => arePreconditionsMet(conditions, digest))) return preconditionFailed(current[0]);
  const missing = await new ManifestGraph(storage, index, context.manifests).missingFrom(node);
  return missing.length > 0 ? incomplete(missing) : undefined;
}

/** Runs while nobody else changes the index: what is found to be here stays here until the manifest is. */
async function place(change: Change, pushed: Pushed): Promise<IndexChange<Reply | undefined>> {
  const refusal = await refuseManifest(change, pushed);
  if (refusal !== undefined) return { result: refusal };
  const { storage, index } = change;
  const { descriptor, bytes, tags } = pushed;
  const { digest } = descriptor;
  if (!(await storage.renew(digest))) await storage.put(digest, bytes);
  const before = pointedAt(index, digest, tags);
  for (const replaced of before) await giveGrace(storage, replaced, digest);
  const isDone = index.manifest(digest) !== undefined && before.every((current) => current === digest);
  return isDone ? { result: undefined } : { index: index.withManifest(descriptor, tags), result: undefined };
}

/** What the tags of a manifest point at, or without tags whether it is there itself. */
function pointedAt(index: RepositoryIndex, digest: Digest, tags: readonly string[]): readonly (Digest | undefined)[] {
  return tags.length === 0 ? [index.manifest(digest)?.digest] : tags.map((tag) => index.tagged(tag)?.digest);
}

async function remove(
  { context, storage, index }: Change,
  reference: ManifestReference,
  conditions: Preconditions,
): Promise<IndexChange<Reply>> {
  const graph = new ManifestGraph(storage, index, context.manifests);
  const current = reference.kind === 'tag' ? index.tagged(reference.tag) : await graph.find(reference.digest);
  if (current === undefined) return { result: manifestUnknown(reference) };
  const { digest } = current;
  if (!arePreconditionsMet(conditions, digest)) return { result: preconditionFailed(digest) };
  if (reference.kind === 'tag') {
    await giveGrace(storage, digest, undefined);
    return { index: index.withoutTag(reference.tag), result: { status: 202 } };
  }
  const user = await graph.userOf(digest);
  if (user !== undefined) return { result: refuseInUse('manifest', user) };
  return { index: index.withoutManifests(new Set([digest])), result: { status: 202 } };
}

/** A manifest that just lost a tag is not garbage at once: somebody may be pulling it. */
async function giveGrace(
  storage: RepositoryStorage,
  replaced: Digest | undefined,
  by: Digest | undefined,
): Promise<void> {
  if (replaced !== undefined && replaced !== by) await storage.renew(replaced);
}

function incomplete(missing: readonly MissingContent[]): Reply {
  const errors = missing.map(({ digest, foundSize }) => ({
    message:
      foundSize === undefined
        ? 'the manifest needs content that this repository does not have; push that first'
        : `the manifest gives another size than the ${foundSize} bytes that this repository has`,
    detail: { digest },
  }));
  const isSizeWrong = missing.every(({ foundSize }) => foundSize !== undefined);
  return refuse(400, isSizeWrong ? 'SIZE_INVALID' : 'MANIFEST_BLOB_UNKNOWN', errors);
}

function preconditionsOf(request: RegistryRequest): Preconditions {
  return { ifMatch: request.header('if-match'), ifNoneMatch: request.header('if-none-match') };
}

function preconditionFailed(current: Digest | undefined): Reply {
  const message = current === undefined ? 'it points at nothing' : `it points at ${current}`;
  const refusal = refuse(412, 'PRECONDITION_FAILED', message);
  return current === undefined
    ? refusal
    : { ...refusal, headers: { ...refusal.headers, ETag: entityTag(current), 'Docker-Content-Digest': current } };
}

function manifestTooLarge(maxBytes: number): Reply {
  return refuse(413, 'SIZE_INVALID', `the registry takes manifests of at most ${maxBytes} bytes`);
}

function manifestUnknown(reference: ManifestReference): Reply {
  const message = 'the repository has no such manifest';
  return refuse(404, 'MANIFEST_UNKNOWN', [
    { message, detail: reference.kind === 'tag' ? { tag: reference.tag } : { digest: reference.digest } },
  ]);
}
