import { type Digest, digestAlgorithm, isDigest } from '../oci/digest.ts';
import { type Answer, failureOf } from './answer.ts';
import { attempt, type RegistryRequest } from './attempt.ts';
import { decodeErrorBody } from './error-body.ts';
import { pointsAt } from './manifest.ts';
import { manifestUrl, operationAt, type Place } from './place.ts';
import { answerFault, brokenFault, type Operation, operationFault } from './registry-fault.ts';
import { failureOfFault, isPassing } from './retry.ts';
import { pushScope } from './scope.ts';

/** One manifest under one name. */
export interface ManifestPut {
  /** A tag, or the digest. */
  readonly reference: string;
  readonly bytes: Uint8Array;
  readonly digest: Digest;
  readonly mediaType: string;
  /** Tags that are to be moved by the same request. https://github.com/opencontainers/distribution-spec/blob/main/spec.md */
  readonly tags?: readonly string[];
  /** `if-match` or `if-none-match`. */
  readonly condition?: Readonly<Record<string, string>>;
  /** Called before the request is made again after a fault; throws where it must not be. */
  readonly beforeAgain?: () => Promise<void>;
}

/** What a registry said of a manifest that it has taken. */
export interface ManifestTaken {
  /** The tags that it moved besides. */
  readonly tags: readonly string[];
  /** Whether it knows of the manifest's subject. */
  readonly knowsSubject: boolean;
}

const unknownContentAtMost = 3;
const nothingTold: ManifestTaken = { tags: [], knowsSubject: false };

/**
 * Puts a manifest. A PUT is made again without harm; where the answer to an earlier one was lost and the next one is
 * refused (an immutable tag, a condition that no longer holds), the manifest may be there, and is looked for.
 * @throws {Fault} TAG_MOVED, TAG_IMMUTABLE, CONTENT_TOO_LARGE, REGISTRY_REFUSED, REGISTRY_DENIED
 */
export async function putReference(place: Place, put: ManifestPut): Promise<ManifestTaken> {
  const { session } = place;
  const operation = operationFor(place, put);
  const patience = session.patience();
  let isDoubtful = false;
  let unknownCount = 0;
  for (;;) {
    const attempted = await attempt(session, requestFor(place, put));
    if (attempted.kind === 'broken') {
      const tried = await patience.next(failureOfFault(attempted.fault));
      if (tried !== undefined) throw brokenFault(operation, attempted.fault, tried);
      isDoubtful = true;
      await put.beforeAgain?.();
      continue;
    }
    const { answer } = attempted;
    if (answer.status < 300) return taken(operation, put, answer);
    const failure = failureOf(answer, session.host.clock.now());
    if (isPassing(failure)) {
      const tried = await patience.next(failure);
      if (tried !== undefined) throw answerFault(operation, answer, tried);
      isDoubtful = true;
      await put.beforeAgain?.();
      continue;
    }
    if (isDoubtful && (await pointsAt(place, put.reference, put.digest))) return nothingTold;
    unknownCount += 1;
    if (!missesContent(answer) || unknownCount >= unknownContentAtMost) throw answerFault(operation, answer);
    await session.host.clock.sleep(1000 * unknownCount, session.host.signal);
  }
}

/** A registry of several machines may not see at once, on all of them, what was pushed a moment ago. */
function missesContent({ status, text }: Answer): boolean {
  const { codes } = decodeErrorBody(text);
  if (status !== 400 && status !== 404) return false;
  return (
    codes.some((code) => code === 'MANIFEST_BLOB_UNKNOWN' || code === 'BLOB_UNKNOWN') || /unknown blob/i.test(text)
  );
}

function requestFor(place: Place, put: ManifestPut): RegistryRequest {
  const url = manifestUrl(place, put.reference);
  for (const tag of put.tags ?? []) url.searchParams.append('tag', tag);
  return {
    method: 'PUT',
    url,
    headers: { 'content-type': put.mediaType, ...put.condition },
    body: { size: put.bytes.byteLength, open: () => inOnePiece(put.bytes) },
    scopes: [pushScope(place.name)],
  };
}

function operationFor(place: Place, put: ManifestPut): Operation {
  const what = isDigest(put.reference) ? `push the manifest ${put.reference} to` : `move the tag "${put.reference}" in`;
  const isConditional = put.condition !== undefined;
  return operationAt(place, { what, reference: put.reference, isConditional });
}

async function taken(operation: Operation, put: ManifestPut, answer: Answer): Promise<ManifestTaken> {
  const { response } = answer;
  await response.discard();
  const told = response.header('docker-content-digest');
  const isOther = told !== undefined && isDigest(told) && digestAlgorithm(told) === digestAlgorithm(put.digest);
  if (isOther && told !== put.digest) {
    throw operationFault(operation, 'DIGEST_MISMATCH', `the registry took it as ${told}, expected ${put.digest}`);
  }
  const tags = response.headers('oci-tag').flatMap((header) => header.split(',').map((tag) => tag.trim()));
  return { tags: tags.filter((tag) => tag !== ''), knowsSubject: response.header('oci-subject') !== undefined };
}

async function* inOnePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield bytes;
}
