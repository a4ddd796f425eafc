import { type Digest, isDigest } from '../oci/digest.ts';
import { isRepository, isTag } from '../oci/reference.ts';
import { type Reply, refuse } from './reply.ts';

/** What a manifest is asked for by. */
export type ManifestReference =
  | { readonly kind: 'tag'; readonly tag: string }
  | { readonly kind: 'digest'; readonly digest: Digest };

/** What a path names. */
export type Route =
  | { readonly kind: 'page' }
  | { readonly kind: 'base' }
  | { readonly kind: 'catalog' }
  | { readonly kind: 'tags'; readonly repository: string }
  | { readonly kind: 'manifest'; readonly repository: string; readonly reference: ManifestReference }
  | { readonly kind: 'blob'; readonly repository: string; readonly digest: Digest }
  | { readonly kind: 'uploads'; readonly repository: string }
  | { readonly kind: 'upload'; readonly repository: string; readonly id: string }
  | { readonly kind: 'referrers'; readonly repository: string; readonly digest: Digest };

const endpointPattern =
  /^\/v2\/(?<name>.+)\/(?:(?<tags>tags\/list)|manifests\/(?<reference>[^/]+)|blobs\/uploads\/(?<upload>[^/]+)|(?<uploads>blobs\/uploads\/?)|blobs\/(?<digest>[^/]+)|referrers\/(?<subject>[^/]+))$/;

/** The id of an upload: when it began and a random part. Nothing else ever reaches the file system. */
const uploadIdPattern = /^[a-z0-9]{1,16}-[a-f0-9]{32}$/;

/**
 * Finds what a path, still percent-encoded and without its query, names. Names, tags, digests and upload ids are checked
 * here, so that no text of a client can ever climb out of a repository.
 */
export function parseRoute(encodedPath: string): Route | { readonly kind: 'refused'; readonly reply: Reply } {
  const path = decodePath(encodedPath);
  if (path === undefined) return refused(refuse(400, 'NAME_INVALID', 'the path is not percent-encoded UTF-8'));
  if (path === '/') return { kind: 'page' };
  if (path === '/v2' || path === '/v2/') return { kind: 'base' };
  if (path === '/v2/_catalog') return { kind: 'catalog' };
  const groups = endpointPattern.exec(path)?.groups;
  const repository = groups?.['name'];
  if (groups === undefined || repository === undefined) {
    return refused(refuse(404, 'UNSUPPORTED', 'this registry has no such endpoint'));
  }
  if (!isRepository(repository)) {
    return refused(
      refuse(400, 'NAME_INVALID', 'the name of a repository is lower case and has at most 255 characters'),
    );
  }
  return parseEndpoint(repository, groups);
}

/** Reads a tag or a digest; undefined where it is neither. */
export function parseManifestReference(text: string): ManifestReference | undefined {
  if (isTag(text)) return { kind: 'tag', tag: text };
  return isDigest(text) ? { kind: 'digest', digest: text } : undefined;
}

type Groups = Readonly<Record<string, string | undefined>>;

function parseEndpoint(repository: string, groups: Groups): ReturnType<typeof parseRoute> {
  if (groups['tags'] !== undefined) return { kind: 'tags', repository };
  if (groups['uploads'] !== undefined) return { kind: 'uploads', repository };
  if (groups['upload'] !== undefined) return parseUpload(repository, groups['upload']);
  if (groups['reference'] !== undefined) return parseManifest(repository, groups['reference']);
  const digest = groups['digest'] ?? groups['subject'] ?? '';
  if (!isDigest(digest)) return refused(malformedDigest());
  return { kind: groups['digest'] === undefined ? 'referrers' : 'blob', repository, digest };
}

function parseManifest(repository: string, text: string): ReturnType<typeof parseRoute> {
  const reference = parseManifestReference(text);
  if (reference !== undefined) return { kind: 'manifest', repository, reference };
  if (text.includes(':')) return refused(malformedDigest());
  const message = 'a tag has 1 to 128 letters, digits, dots, dashes and underscores';
  return refused(refuse(400, 'TAG_INVALID', message));
}

function parseUpload(repository: string, id: string): ReturnType<typeof parseRoute> {
  if (uploadIdPattern.test(id)) return { kind: 'upload', repository, id };
  return refused(refuse(404, 'BLOB_UPLOAD_UNKNOWN', 'no such upload; begin again with POST'));
}

/** The answer to a digest that is none. */
export function malformedDigest(): Reply {
  const message = 'a digest is sha256: and 64, or sha512: and 128, lower-case hexadecimal digits';
  return refuse(400, 'DIGEST_INVALID', message);
}

function decodePath(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}

function refused(reply: Reply): { readonly kind: 'refused'; readonly reply: Reply } {
  return { kind: 'refused', reply };
}
