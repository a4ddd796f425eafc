import { Fault, isFault } from '../errors/fault.ts';
import { isRecord } from '../oci/decode.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { type Digest, digestAlgorithm, digestOf, isDigest } from '../oci/digest.ts';
import { parseJson } from '../oci/parse-json.ts';
import { type Document, fetchDocument } from './document.ts';
import { manifestAccept, manifestUrl, operationAt, type Place } from './place.ts';
import { answerFault, malformedAnswer, type Operation, operationFault } from './registry-fault.ts';
import { pullScope } from './scope.ts';
import { send } from './send.ts';

export interface FetchedManifest {
  /** Media type, digest and size as they are in the registry. */
  readonly descriptor: Descriptor;
  /** The bytes as stored; they hash to the descriptor's digest. */
  readonly bytes: Uint8Array;
  /** The version that If-Match names, where the registry gives one. */
  readonly etag?: string;
}

/** What a HEAD tells of a manifest. */
export type HeadManifest = Omit<FetchedManifest, 'bytes'>;

const generalTypes: ReadonlySet<string> = new Set(['', 'application/json', 'text/plain', 'application/octet-stream']);

/**
 * Fetches a manifest and proves it: by digest against that, by tag against the digest that the registry tells; a body that
 * is damaged is fetched once more.
 * @throws {Fault} MANIFEST_UNKNOWN, DIGEST_MISMATCH, REGISTRY_ANSWER_MALFORMED, REGISTRY_ANSWER_TOO_LARGE
 */
export async function fetchManifest(place: Place, tagOrDigest: string): Promise<FetchedManifest> {
  const operation = manifestOperation(place, 'fetch', tagOrDigest);
  for (let tries = 1; ; tries += 1) {
    const document = await fetchDocument(operation, requestFor(place, tagOrDigest, 'GET'));
    if (document.answer.status !== 200) throw answerFault(operation, document.answer);
    const proven = prove(operation, document, tagOrDigest);
    if (!(proven instanceof Fault)) return proven;
    if (tries > 1) throw proven;
  }
}

/**
 * What a tag or digest points at, by HEAD, which does not count against Docker Hub's pull limit; by GET where HEAD is
 * refused or does not tell everything. Undefined where there is no such thing.
 */
export async function headManifest(place: Place, tagOrDigest: string): Promise<HeadManifest | undefined> {
  const operation = manifestOperation(place, 'look up', tagOrDigest);
  const answer = await send(operation, requestFor(place, tagOrDigest, 'HEAD'));
  if (answer.status === 404) return undefined;
  if (answer.status < 400) await answer.response.discard();
  const told = answer.status === 200 ? describe(answer.response, tagOrDigest) : undefined;
  if (told !== undefined) return told;
  try {
    const { descriptor, etag } = await fetchManifest(place, tagOrDigest);
    return { descriptor, ...(etag === undefined ? {} : { etag }) };
  } catch (error) {
    if (isFault(error, 'MANIFEST_UNKNOWN', 'REPOSITORY_UNKNOWN')) return undefined;
    throw error;
  }
}

function requestFor(place: Place, tagOrDigest: string, method: 'GET' | 'HEAD') {
  const headers = { accept: manifestAccept };
  return { method, url: manifestUrl(place, tagOrDigest), headers, scopes: [pullScope(place.name)] } as const;
}

function manifestOperation(place: Place, verb: string, tagOrDigest: string): Operation {
  const what = isDigest(tagOrDigest) ? tagOrDigest : `the tag "${tagOrDigest}"`;
  return operationAt(place, { what: `${verb} ${what} in`, reference: tagOrDigest, missing: 'MANIFEST_UNKNOWN' });
}

function describe(response: Document['answer']['response'], tagOrDigest: string): HeadManifest | undefined {
  const { mediaType, length } = response;
  const digest = isDigest(tagOrDigest) ? tagOrDigest : response.header('docker-content-digest');
  if (digest === undefined || !isDigest(digest) || length === undefined || length === 0) return undefined;
  if (generalTypes.has(mediaType) || mediaType === 'text/html') return undefined;
  const etag = response.header('etag');
  return { descriptor: { mediaType, digest, size: length }, ...(etag === undefined ? {} : { etag }) };
}

/** Checks a manifest against its name; gives the fault where another fetch may give the right bytes. */
function prove(operation: Operation, { answer, bytes }: Document, tagOrDigest: string): FetchedManifest | Fault {
  const { response } = answer;
  const told = response.header('docker-content-digest');
  const named = isDigest(tagOrDigest) ? tagOrDigest : told !== undefined && isDigest(told) ? told : undefined;
  const digest = digestOf(bytes, named === undefined ? 'sha256' : digestAlgorithm(named));
  if (named !== undefined && digest !== named) {
    return operationFault(operation, 'DIGEST_MISMATCH', `its bytes hash to ${digest}, expected ${named}`);
  }
  const mediaType = mediaTypeOf(operation, bytes, response.mediaType);
  const etag = response.header('etag');
  const descriptor = { mediaType, digest, size: bytes.byteLength };
  return { descriptor, bytes, ...(etag === undefined ? {} : { etag }) };
}

/** A manifest must be of the type under which it is served: else one digest could be read as two images. */
function mediaTypeOf(operation: Operation, bytes: Uint8Array, served: string): string {
  const document = parseJson(bytes, 'manifest');
  const written = isRecord(document) && typeof document['mediaType'] === 'string' ? document['mediaType'] : undefined;
  if (generalTypes.has(served)) {
    if (written !== undefined) return written;
    throw malformedAnswer(operation, `it is served as "${served}" and does not tell its type`);
  }
  if (written === undefined || written.toLowerCase() === served) return written ?? served;
  throw malformedAnswer(operation, `it is served as "${served}", but says that it is "${written}"`);
}

/** Whether a tag points at a digest now. */
export async function pointsAt(place: Place, tagOrDigest: string, digest: Digest): Promise<boolean> {
  const there = await headManifest(place, tagOrDigest);
  return there?.descriptor.digest === digest;
}
