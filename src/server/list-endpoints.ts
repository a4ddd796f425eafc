import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import type { ImageNode } from '../oci/image-graph.ts';
import { mediaTypes } from '../oci/media-types.ts';
import { type FoundManifest, ManifestGraph } from './manifest-graph.ts';
import { nextLink, type PageRequest, pageOf, parsePageRequest } from './pagination.ts';
import type { RegistryContext } from './registry-context.ts';
import type { RegistryRequest } from './registry-request.ts';
import { jsonReply, type Reply, type ReplyHeaders, refuse } from './reply.ts';

/** A page of referrers ends before it grows beyond so many bytes. */
const referrersPageBytes = 4 * 1024 * 1024;

/** end-8: the tags of a repository. https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-tags */
export async function listTags(
  context: RegistryContext,
  request: RegistryRequest,
  { repository }: { readonly repository: string },
): Promise<Reply> {
  const index = await context.storage.repository(repository).index();
  if (index === undefined) return refuse(404, 'NAME_UNKNOWN', 'the registry has no such repository');
  const page = parsePageRequest(request.query);
  if (page === undefined) return refuseCount();
  const { items, hasMore } = pageOf(index.tags, page);
  return jsonReply({ name: repository, tags: items }, linkTo(request, page, hasMore ? items.at(-1) : undefined));
}

/** The repositories of the registry, as distribution lists them. */
export async function listRepositories(context: RegistryContext, request: RegistryRequest): Promise<Reply> {
  const page = parsePageRequest(request.query);
  if (page === undefined) return refuseCount();
  const { items, hasMore } = pageOf(await context.storage.repositories(), page);
  return jsonReply({ repositories: items }, linkTo(request, page, hasMore ? items.at(-1) : undefined));
}

/**
 * end-12: what refers to a manifest, which need not be here, sorted by digest.
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers
 */
export async function listReferrers(
  context: RegistryContext,
  request: RegistryRequest,
  { repository, digest }: { readonly repository: string; readonly digest: Digest },
): Promise<Reply> {
  const page = parsePageRequest(request.query);
  if (page === undefined) return refuseCount();
  const storage = context.storage.repository(repository);
  const index = await storage.index();
  const found =
    index === undefined ? [] : await new ManifestGraph(storage, index, context.manifests).referrersOf(digest);
  const artifactType = request.query.get('artifactType');
  const referrers = found
    .map(describeReferrer)
    .filter((referrer) => artifactType === null || referrer.artifactType === artifactType);
  const { manifests, next } = pageOfReferrers(referrers, page);
  return jsonReply(
    { schemaVersion: 2, mediaType: mediaTypes.index, manifests },
    {
      'Content-Type': mediaTypes.index,
      ...(artifactType === null ? {} : { 'OCI-Filters-Applied': 'artifactType' }),
      ...linkTo(request, page, next),
    },
  );
}

/** A referrer as the list has it: with its artifact type, or else that of its config, and its annotations. */
function describeReferrer({ descriptor, node }: FoundManifest): Descriptor {
  const { mediaType, digest, size } = descriptor;
  const artifactType = node === undefined ? undefined : typeOf(node);
  const annotations = node?.kind === 'index' ? node.index.annotations : node?.manifest.annotations;
  return {
    mediaType,
    digest,
    size,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

function typeOf(node: ImageNode): string | undefined {
  if (node.kind === 'index') return node.index.artifactType;
  const { artifactType, config } = node.manifest;
  return artifactType === undefined || artifactType === '' ? config.mediaType : artifactType;
}

function pageOfReferrers(
  referrers: readonly Descriptor[],
  page: PageRequest,
): { readonly manifests: readonly Descriptor[]; readonly next: string | undefined } {
  const byDigest = new Map<string, Descriptor>(referrers.map((referrer) => [referrer.digest, referrer]));
  const { items, hasMore } = pageOf([...byDigest.keys()].sort(), page);
  const manifests: Descriptor[] = [];
  let byteCount = 0;
  for (const item of items) {
    const referrer = byDigest.get(item);
    if (referrer === undefined) continue;
    byteCount += Buffer.byteLength(JSON.stringify(referrer));
    if (byteCount > referrersPageBytes && manifests.length > 0) return { manifests, next: manifests.at(-1)?.digest };
    manifests.push(referrer);
  }
  return { manifests, next: hasMore ? manifests.at(-1)?.digest : undefined };
}

/** The header that leads to the page after `last`, with all that was asked for besides. */
function linkTo(request: RegistryRequest, { count }: PageRequest, last: string | undefined): ReplyHeaders {
  if (last === undefined) return {};
  const artifactType = request.query.get('artifactType') ?? undefined;
  return { Link: nextLink(request.path, { n: count?.toString(), last, artifactType }) };
}

function refuseCount(): Reply {
  return refuse(400, 'UNSUPPORTED', 'the parameter "n" is no number');
}
