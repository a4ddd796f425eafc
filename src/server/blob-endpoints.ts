import type { Digest } from '../oci/digest.ts';
import { parseRange } from './byte-range.ts';
import { ManifestGraph } from './manifest-graph.ts';
import { entityTag, isNotModified } from './preconditions.ts';
import type { RegistryContext } from './registry-context.ts';
import type { RegistryRequest } from './registry-request.ts';
import type { RepositoryStorage } from './registry-storage.ts';
import { type Reply, refuse } from './reply.ts';

export interface BlobTarget {
  readonly repository: string;
  readonly digest: Digest;
}

/** A blob that somebody asked for within so long need not be renewed again. */
const renewEveryMs = 60_000;

/** end-2: a blob, or a part of it. https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-blobs */
export async function readBlob(
  context: RegistryContext,
  request: RegistryRequest,
  { repository, digest }: BlobTarget,
): Promise<Reply> {
  const storage = context.storage.repository(repository);
  if (request.method === 'HEAD' && !(await keepFromCollection(context, storage, digest))) return blobUnknown(digest);
  const blob = await storage.open(digest);
  if (blob === undefined) return blobUnknown(digest);
  const headers = {
    'Content-Type': 'application/octet-stream',
    'Docker-Content-Digest': digest,
    ETag: entityTag(digest),
    'Accept-Ranges': 'bytes',
    'Cache-Control': 'private, max-age=31536000, immutable',
  };
  if (isNotModified(request.header('if-none-match'), digest)) {
    return { status: 304, headers, body: { size: 0, read: () => blob.read(), close: () => blob.close() } };
  }
  const asked = parseRange(rangeHeader(request.header('range'), request.header('if-range'), digest), blob.size);
  if (asked.kind === 'unsatisfiable') {
    await blob.close();
    const refusal = refuse(416, 'SIZE_INVALID', `the blob has ${blob.size} bytes; the range lies outside of them`);
    return { ...refusal, headers: { ...refusal.headers, 'Content-Range': `bytes */${blob.size}` } };
  }
  if (asked.kind === 'whole')
    return { status: 200, headers, body: { size: blob.size, read: () => blob.read(), close: () => blob.close() } };
  const { start, end } = asked.range;
  return {
    status: 206,
    headers: { ...headers, 'Content-Range': `bytes ${start}-${end}/${blob.size}` },
    body: { size: end - start + 1, read: () => blob.read(asked.range), close: () => blob.close() },
  };
}

/**
 * end-10. A blob that a manifest needs stays: a tag is never left pointing at an image that cannot be pulled.
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#deleting-blobs
 */
export async function deleteBlob(
  context: RegistryContext,
  _request: RegistryRequest,
  { repository, digest }: BlobTarget,
): Promise<Reply> {
  const storage = context.storage.repository(repository);
  if ((await storage.stat(digest)) === undefined) return blobUnknown(digest);
  return storage.change(async (index): Promise<{ result: Reply }> => {
    const graph = new ManifestGraph(storage, index, context.manifests);
    const user = (await graph.find(digest)) === undefined ? await graph.userOf(digest) : digest;
    if (user !== undefined) return { result: refuseInUse('blob', user) };
    return { result: (await storage.remove(digest)) ? { status: 202 } : blobUnknown(digest) };
  });
}

/** The answer to a deletion that would leave something else incomplete. */
export function refuseInUse(what: 'blob' | 'manifest', user: Digest): Reply {
  const message = `the ${what} is part of the manifest ${user}; delete that first`;
  const refusal = refuse(405, 'DENIED', [{ message, detail: { digest: user } }]);
  return { ...refusal, headers: { ...refusal.headers, Allow: 'GET, HEAD' } };
}

/**
 * Makes a blob count as new where it is asked for by HEAD: whoever learns that it is here will not send it, and relies on
 * it until the manifest is pushed. False where it is not there.
 */
export async function keepFromCollection(
  context: RegistryContext,
  storage: RepositoryStorage,
  digest: Digest,
): Promise<boolean> {
  const blob = await storage.stat(digest);
  if (blob === undefined) return false;
  const ageMs = context.host.clock.now().getTime() - blob.modifiedMs;
  return context.isReadOnly || ageMs < renewEveryMs || storage.renew(digest);
}

export function blobUnknown(digest: Digest): Reply {
  return refuse(404, 'BLOB_UNKNOWN', [{ message: 'the repository has no such blob', detail: { digest } }]);
}

/** `If-Range` with another tag than the blob's asks for all of it. */
function rangeHeader(range: string | undefined, ifRange: string | undefined, digest: Digest): string | undefined {
  return ifRange === undefined || ifRange.trim() === entityTag(digest) ? range : undefined;
}
