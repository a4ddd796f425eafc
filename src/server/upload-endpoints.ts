import { isFault } from '../errors/fault.ts';
import { type Digest, type DigestAlgorithm, digestAlgorithm, isDigest } from '../oci/digest.ts';
import { isRepository } from '../oci/reference.ts';
import { parseContentRange } from './byte-range.ts';
import type { RegistryContext } from './registry-context.ts';
import type { RegistryRequest } from './registry-request.ts';
import type { RepositoryStorage, Upload } from './registry-storage.ts';
import { type Reply, refuse, refuseFull } from './reply.ts';
import { malformedDigest } from './route.ts';

export interface UploadsTarget {
  readonly repository: string;
}

export interface UploadTarget {
  readonly repository: string;
  readonly id: string;
}

/**
 * end-4a, end-4b, end-4c and end-11: begins an upload, takes a whole blob in at once, or mounts one.
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-blobs
 */
export async function startUpload(
  context: RegistryContext,
  request: RegistryRequest,
  { repository }: UploadsTarget,
): Promise<Reply> {
  const storage = context.storage.repository(repository);
  const { query } = request;
  const mounted = query.get('mount');
  if (
    mounted !== null &&
    isDigest(mounted) &&
    (await mountBlob(context, storage, { digest: mounted, from: query.get('from') }))
  ) {
    return created(repository, mounted);
  }
  const algorithm = query.get('digest-algorithm') ?? algorithmOf(query.get('digest') ?? mounted);
  if (algorithm !== 'sha256' && algorithm !== 'sha512') {
    return refuse(400, 'DIGEST_INVALID', 'this registry knows the digest algorithms sha256 and sha512');
  }
  const refusal = (await refuseUpload(context)) ?? (await refuseSize(context, request, 0));
  if (refusal !== undefined) return refusal;
  const digest = query.get('digest');
  if (digest !== null && !isDigest(digest)) return malformedDigest();
  const upload = await storage.startUpload(algorithm);
  // Without a body the digest is only an announcement, unless it is that of nothing.
  if (digest === null || (request.announcedBytes === 0 && !isDigestOfNothing(digest))) {
    return uploadReply(202, repository, { id: upload.id, offset: 0 });
  }
  return context.turns.take(upload.id, async (signal) => {
    try {
      return await finish({ context, request, signal, repository }, upload, digest);
    } catch (error) {
      // Nobody was told where it could be gone on with.
      await upload.discard();
      throw error;
    }
  });
}

/** end-5: takes a chunk, or a stream, in. https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-a-blob-in-chunks */
export function appendToUpload(
  context: RegistryContext,
  request: RegistryRequest,
  { repository, id }: UploadTarget,
): Promise<Reply> {
  return context.turns.take(id, async (signal) => {
    const upload = await context.storage.repository(repository).upload(id);
    if (upload === undefined) return uploadUnknown();
    const appended = await append({ context, request, signal, repository }, upload);
    return typeof appended === 'number' ? uploadReply(202, repository, { id, offset: appended }) : appended;
  });
}

/** end-6: takes the last chunk in, if there is one, and makes the upload a blob. */
export function finishUpload(
  context: RegistryContext,
  request: RegistryRequest,
  { repository, id }: UploadTarget,
): Promise<Reply> {
  return context.turns.take(id, async (signal) => {
    const digest = request.query.get('digest') ?? '';
    if (!isDigest(digest)) return malformedDigest();
    const storage = context.storage.repository(repository);
    const upload = await storage.upload(id);
    if (upload !== undefined) return finish({ context, request, signal, repository }, upload, digest);
    // The answer to a PUT that did its work may have been lost: then the blob is here, and that is what was asked for.
    return (await storage.stat(digest)) === undefined ? uploadUnknown() : created(repository, digest);
  });
}

/** end-13: how much of an upload is here. */
export async function readUpload(
  context: RegistryContext,
  _request: RegistryRequest,
  { repository, id }: UploadTarget,
): Promise<Reply> {
  const upload = await context.storage.repository(repository).upload(id);
  return upload === undefined ? uploadUnknown() : uploadReply(204, repository, { id, offset: await upload.offset() });
}

/** end-14: gives an upload up. */
export function cancelUpload(
  context: RegistryContext,
  _request: RegistryRequest,
  { repository, id }: UploadTarget,
): Promise<Reply> {
  return context.turns.take(id, async () => {
    const upload = await context.storage.repository(repository).upload(id);
    if (upload === undefined) return uploadUnknown();
    await upload.discard();
    return { status: 204 };
  });
}

interface Transfer {
  readonly context: RegistryContext;
  readonly request: RegistryRequest;
  readonly signal: AbortSignal;
  readonly repository: string;
}

/** Takes the body of a request in; gives the new offset, or the refusal. */
async function append({ context, request, signal, repository }: Transfer, upload: Upload): Promise<number | Reply> {
  const place = await placeOf(request, upload);
  if (place === undefined) {
    return uploadReply(416, repository, { id: upload.id, offset: await upload.offset() });
  }
  const { at, maxBytes } = place;
  const announced = request.announcedBytes;
  if (announced !== undefined && maxBytes !== undefined && announced !== maxBytes) {
    return refuse(400, 'SIZE_INVALID', 'Content-Range and Content-Length do not name the same number of bytes');
  }
  const refusal = await refuseSize(context, request, at);
  if (refusal !== undefined) {
    await upload.discard();
    return refusal;
  }
  const digest = request.query.get('digest');
  const algorithm = digest === null ? {} : { algorithm: algorithmOf(digest) };
  const room = Math.min(maxBytes ?? Number.POSITIVE_INFINITY, context.limits.blobBytes - at);
  try {
    return await upload.append(request.body({ maxBytes: room, signal }), { at, ...algorithm });
  } catch (error) {
    if (isFault(error, 'SERVER_BODY_TOO_LARGE')) await upload.discard();
    throw error;
  }
}

/**
 * Where the body belongs. A range must begin where the upload ends, or where the client was last told that it ends; a body
 * without a range belongs there: what an earlier request had sent when it was cut off is sent again.
 */
async function placeOf(
  request: RegistryRequest,
  upload: Upload,
): Promise<{ readonly at: number; readonly maxBytes?: number } | undefined> {
  const header = request.header('content-range');
  const { acknowledged } = upload;
  if (header === undefined) return { at: acknowledged };
  const range = parseContentRange(header);
  if (range === undefined) return undefined;
  if (range.start !== acknowledged && range.start !== (await upload.offset())) return undefined;
  return { at: range.start, maxBytes: range.end - range.start + 1 };
}

async function finish(transfer: Transfer, upload: Upload, digest: Digest): Promise<Reply> {
  // An upload of which all is here is finished by a request without a body, which belongs to its end.
  const isEmpty = transfer.request.announcedBytes === 0 && transfer.request.header('content-range') === undefined;
  const appended = isEmpty ? await upload.offset() : await append(transfer, upload);
  if (typeof appended !== 'number') return appended;
  if (await upload.commit(digest)) return created(transfer.repository, digest);
  const message = 'the bytes do not hash to the digest; the upload was dropped, begin again with POST';
  return refuse(400, 'DIGEST_INVALID', [{ message, detail: { digest } }]);
}

/** Mounts a blob from a repository, or without one from any that has it: whoever may push here may read them all. */
async function mountBlob(
  context: RegistryContext,
  storage: RepositoryStorage,
  { digest, from }: { readonly digest: Digest; readonly from: string | null },
): Promise<boolean> {
  if (await storage.renew(digest)) return true;
  if (from !== null) return isRepository(from) && storage.mount(digest, from);
  for (const name of await context.storage.repositories()) {
    if (await storage.mount(digest, name)) return true;
  }
  return false;
}

async function refuseUpload({ storage, limits }: RegistryContext): Promise<Reply | undefined> {
  if ((await storage.uploadCount()) < limits.uploads) return undefined;
  await storage.sweepUploads(limits.uploadIdleMs);
  if ((await storage.uploadCount()) < limits.uploads) return undefined;
  const refusal = refuse(429, 'TOOMANYREQUESTS', `${limits.uploads} uploads are open; finish or cancel one, or wait`);
  return { ...refusal, headers: { ...refusal.headers, 'Retry-After': '5' } };
}

/** Refuses what is too much for the registry by its announced size. */
async function refuseSize(context: RegistryContext, request: RegistryRequest, at: number): Promise<Reply | undefined> {
  const announced = request.announcedBytes ?? 0;
  const { blobBytes } = context.limits;
  if (at + announced > blobBytes) return refuse(413, 'SIZE_INVALID', `the registry takes blobs of ${blobBytes} bytes`);
  return (await context.storage.hasRoomFor(announced)) ? undefined : refuseFull();
}

function created(repository: string, digest: Digest): Reply {
  return {
    status: 201,
    headers: { Location: `/v2/${repository}/blobs/${digest}`, 'Docker-Content-Digest': digest },
  };
}

/** The state of an upload: `Range` names the last byte that is here, and is `0-0` where none is. */
function uploadReply(
  status: number,
  repository: string,
  upload: { readonly id: string; readonly offset: number },
): Reply {
  return {
    status,
    headers: {
      Location: `/v2/${repository}/blobs/uploads/${upload.id}`,
      Range: `0-${Math.max(0, upload.offset - 1)}`,
      'Docker-Upload-Uuid': upload.id,
    },
  };
}

function uploadUnknown(): Reply {
  return refuse(404, 'BLOB_UPLOAD_UNKNOWN', 'no such upload; begin again with POST');
}

function algorithmOf(digest: string | null): DigestAlgorithm {
  return digest !== null && isDigest(digest) ? digestAlgorithm(digest) : 'sha256';
}

function isDigestOfNothing(digest: Digest): boolean {
  return nothing.has(digest);
}

const nothing: ReadonlySet<string> = new Set([
  'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  'sha512:cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e',
]);
