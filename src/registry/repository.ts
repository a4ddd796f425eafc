import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { isIndexType, isManifestType } from '../oci/media-types.ts';
import { documentLimitBytes } from '../oci/parse-json.ts';
import { deleteBlob, hasBlob } from './blob.ts';
import { downloadContent, type ReadOptions, readContent } from './blob-download.ts';
import type { BlobSource, ContentName } from './blob-source.ts';
import { type UploadOptions, type UploadOutcome, uploadBlob } from './blob-upload.ts';
import { honoursConditions } from './conditions.ts';
import { deleteManifest } from './delete-manifest.ts';
import { type FetchedManifest, fetchManifest, headManifest } from './manifest.ts';
import { openPlace, operationAt, type Place } from './place.ts';
import { type PushProbe, probePush } from './probe-push.ts';
import { moveTag, type PutManifestOptions, pushManifest } from './push-manifest.ts';
import { hasReferrersApi, listReferrers } from './referrers.ts';
import { operationFault } from './registry-fault.ts';
import type { Session } from './session.ts';
import { listTags } from './tags.ts';
import { cancelUpload, mountBlob } from './upload-session.ts';
import { verified } from './verified.ts';

export type { FetchedManifest, PushProbe, PutManifestOptions, ReadOptions, UploadOptions, UploadOutcome };

/** One repository of a registry: content by digest, manifests by tag, and what refers to them. */
export interface Repository {
  /** As written in a reference, for example `docker.io`. */
  readonly registry: string;
  /** The path, for example `library/alpine`. */
  readonly name: string;

  /** Whether the registry holds the content. A HEAD that is forbidden counts as "no". */
  has(content: ContentName): Promise<boolean>;
  /**
   * Streams content, resumed after a fault at the byte where it stopped. The iteration throws at its end where digest or
   * size differ; content up to 1 MiB is verified before its first byte is handed on.
   * @throws {Fault} CONTENT_MISSING, DIGEST_MISMATCH, SIZE_MISMATCH
   */
  read(content: ContentName, options?: ReadOptions): AsyncIterable<Uint8Array>;
  /**
   * Hands the content to `receive`; where it turns out damaged, once more from the start. `receive` must throw when its
   * iteration throws, and must be able to begin again.
   */
  download<Received>(
    content: ContentName,
    receive: (bytes: AsyncIterable<Uint8Array>) => Promise<Received>,
    options?: ReadOptions,
  ): Promise<Received>;
  /** Puts content: a manifest by its digest where the media type is that of one, else a blob. */
  write(source: BlobSource, options?: UploadOptions): Promise<UploadOutcome>;
  /** Puts a blob: asks for it, mounts it, or sends it, through every fault that can be outlived. */
  upload(source: BlobSource, options?: UploadOptions): Promise<UploadOutcome>;
  /** Takes a blob over from another repository of the registry. False where the registry does not do it. */
  mount(content: ContentName, from: string): Promise<boolean>;
  deleteBlob(digest: Digest): Promise<void>;

  /** What a tag or digest points at, or undefined where there is no such thing. */
  resolve(tagOrDigest: string): Promise<Descriptor | undefined>;
  /** @throws {Fault} MANIFEST_UNKNOWN, DIGEST_MISMATCH, REGISTRY_ANSWER_MALFORMED */
  fetchManifest(tagOrDigest: string): Promise<FetchedManifest>;
  /** Stores a manifest, then moves its tags in the order given. @throws {Fault} TAG_MOVED, TAG_IMMUTABLE */
  putManifest(bytes: Uint8Array, options: PutManifestOptions): Promise<Descriptor>;
  /** By digest, with every tag that points at it; or one tag, where the registry can. */
  deleteManifest(tagOrDigest: string): Promise<void>;

  /** Makes a tag point at a manifest that is here already. */
  tag(tag: string, descriptor: Descriptor, options?: Pick<PutManifestOptions, 'expected'>): Promise<void>;
  /** Whether the registry holds a write against `expected` by itself. `stored`: a manifest that is there. */
  honoursConditions(stored: Digest): Promise<boolean>;
  /** Finds out what this login may do here, without leaving anything. @throws {Fault} REGISTRY_DENIED, REPOSITORY_UNKNOWN */
  probePush(): Promise<PushProbe>;
  /** Whether the registry lists by itself what refers to a manifest; else it is kept under a tag. Asked once a session. */
  listsReferrers(): Promise<boolean>;
  /** Every tag, in the order of the registry, each once. Empty where the repository does not exist. */
  tags(): Promise<readonly string[]>;
  /** What refers to a manifest, by the referrers API or the referrers tag. */
  referrers(subject: Digest, artifactType?: string): Promise<readonly Descriptor[]>;
}

/** @throws {Fault} REFERENCE_MALFORMED */
export function openRepository(session: Session, name: string): Repository {
  const place = openPlace(session, name);
  return {
    registry: session.registry,
    name,
    has: (content) => hasContent(place, content),
    read: (content, options) => readContent(place, content, options),
    download: (content, receive, options) => downloadContent(place, content, { ...options, receive }),
    write: (source, options) =>
      isManifest(source) ? writeManifest(place, source) : uploadBlob(place, source, options),
    upload: (source, options) => uploadBlob(place, source, options),
    mount: (content, from) => mount(place, content, from),
    deleteBlob: (digest) => deleteBlob(place, digest),
    resolve: async (tagOrDigest) => (await headManifest(place, tagOrDigest))?.descriptor,
    fetchManifest: (tagOrDigest) => fetchManifest(place, tagOrDigest),
    putManifest: (bytes, options) => pushManifest(place, bytes, options),
    deleteManifest: (tagOrDigest) => deleteManifest(place, tagOrDigest),
    tag: (tag, descriptor, options) => moveTag(place, descriptor, { tag, ...options }),
    honoursConditions: (stored) => honoursConditions(place, stored),
    probePush: () => probePush(place),
    listsReferrers: () => hasReferrersApi(place),
    tags: () => listTags(place),
    referrers: (subject, artifactType) => listReferrers(place, subject, artifactType),
  };
}

function isManifest({ mediaType = '' }: ContentName): boolean {
  return isManifestType(mediaType) || isIndexType(mediaType);
}

async function hasContent(place: Place, content: ContentName): Promise<boolean> {
  if (!isManifest(content) && (await hasBlob(place, content))) return true;
  if (content.mediaType !== undefined && !isManifest(content)) return false;
  return (await headManifest(place, content.digest)) !== undefined;
}

async function writeManifest(place: Place, source: BlobSource): Promise<UploadOutcome> {
  if (await hasContent(place, source)) return 'existed';
  const operation = operationAt(place, { what: `push the manifest ${source.digest} to`, reference: source.digest });
  if (source.size > documentLimitBytes) {
    throw operationFault(operation, 'CONTENT_TOO_LARGE', `it has ${source.size} bytes, expected at most 8 MiB`);
  }
  const where = { registry: place.session.registry, repository: place.name, side: 'source' } as const;
  const pieces: Uint8Array[] = [];
  for await (const piece of verified(source.open(0), source, where)) pieces.push(piece);
  const { digest, mediaType = '' } = source;
  await pushManifest(place, Buffer.concat(pieces), { mediaType, digest });
  return 'uploaded';
}

async function mount(place: Place, content: ContentName, from: string): Promise<boolean> {
  const operation = operationAt(place, { what: `mount ${content.digest} from ${from} in`, reference: content.digest });
  const mounted = await mountBlob(place, content, { operation, from });
  if (mounted === 'lost') return hasBlob(place, content, { isPushing: true });
  if (typeof mounted !== 'string') await cancelUpload(place, mounted);
  return mounted === 'mounted';
}
