import {
  bodyOf,
  end,
  hashOf,
  json,
  type SmallCall,
  SmallRefusal,
  type SmallRepository,
} from './small-registry-state.ts';

const indexType = 'application/vnd.oci.image.index.v1+json';

interface Described {
  readonly digest: string;
}

interface SomeManifest {
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly config?: Described & { readonly mediaType: string };
  readonly layers?: readonly Described[];
  readonly manifests?: readonly Described[];
  readonly subject?: Described;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Manifests, tags and referrers. */
export async function answerManifest(call: SmallCall & { readonly noun: string }): Promise<void> {
  if (call.noun === 'tags') {
    answerTags(call);
    return;
  }
  if (call.noun === 'referrers') {
    answerReferrers(call);
    return;
  }
  if (call.request.method === 'PUT') return takeManifest(call);
  const { registry, repository, reference, request, response } = call;
  if (request.method === 'HEAD' && registry.options.forbidsHead === true) throw new SmallRefusal(403, 'DENIED');
  if (request.method === 'GET') registry.beforeGet?.(reference);
  const digest = repository.tags.get(reference) ?? reference;
  const manifest = repository.manifests.get(digest);
  if (manifest === undefined) throw new SmallRefusal(404, 'MANIFEST_UNKNOWN');
  if (request.method === 'DELETE') {
    if (registry.options.deletes === false || repository.tags.has(reference))
      throw new SmallRefusal(405, 'UNSUPPORTED');
    repository.manifests.delete(digest);
    for (const [tag, pointed] of repository.tags) if (pointed === digest) repository.tags.delete(tag);
    end(response, 202);
    return;
  }
  response.writeHead(200, {
    'content-type': manifest.mediaType,
    'content-length': String(manifest.bytes.byteLength),
    etag: `"${digest}"`,
    ...(registry.options.hasDigestHeader === false ? {} : { 'docker-content-digest': digest }),
  });
  response.end(request.method === 'HEAD' ? undefined : manifest.bytes);
}

async function takeManifest({ registry, repository, reference, request, response, url }: SmallCall): Promise<void> {
  const bytes = await bodyOf(request);
  const { options } = registry;
  const manifest = JSON.parse(bytes.toString('utf8')) as SomeManifest;
  const digest = reference.includes(':') ? reference : `sha256:${hashOf('sha256', bytes)}`;
  if (reference.includes(':') && `${reference.split(':')[0] ?? ''}:${hashOf(reference, bytes)}` !== reference)
    throw new SmallRefusal(400, 'DIGEST_INVALID');
  checkComplete(repository, manifest);
  const subject = manifest.subject?.digest;
  if (options.subjectMustExist === true && subject !== undefined && !repository.manifests.has(subject))
    throw new SmallRefusal(404, 'MANIFEST_UNKNOWN', 'subject');
  if (!reference.includes(':')) await registry.beforePut?.();
  if (options.takesNoTags === true && !reference.includes(':')) throw new SmallRefusal(403, 'DENIED');
  const before = repository.tags.get(reference);
  if (options.hasImmutableTags === true && before !== undefined)
    throw new SmallRefusal(400, 'TAG_INVALID', 'the tag is immutable and cannot be overwritten');
  const held = reference.includes(':') && repository.manifests.has(reference) ? reference : before;
  if (options.honoursConditions === true) checkConditions(request.headers, held);
  repository.manifests.set(digest, { bytes, mediaType: request.headers['content-type'] ?? '' });
  if (!reference.includes(':')) repository.tags.set(reference, digest);
  const tags = options.takesTagParameters === true ? url.searchParams.getAll('tag') : [];
  for (const tag of tags) repository.tags.set(tag, digest);
  if (!reference.includes(':')) registry.afterPut?.();
  end(response, 201, {
    ...(options.hasDigestHeader === false ? {} : { 'docker-content-digest': digest }),
    ...(subject !== undefined && options.referrers === 'api' ? { 'oci-subject': subject } : {}),
    ...(tags.length === 0 ? {} : { 'oci-tag': tags.join(', ') }),
  });
}

function checkConditions(headers: SmallCall['request']['headers'], before: string | undefined): void {
  const match = headers['if-match'];
  if (match !== undefined && match !== `"${before ?? ''}"`) throw new SmallRefusal(412, 'PRECONDITION_FAILED');
  if (headers['if-none-match'] === '*' && before !== undefined) throw new SmallRefusal(412, 'PRECONDITION_FAILED');
}

function checkComplete(repository: SmallRepository, { config, layers = [], manifests = [] }: SomeManifest): void {
  const blobs = [...(config === undefined ? [] : [config]), ...layers];
  if (blobs.some(({ digest }) => !repository.blobs.has(digest))) throw new SmallRefusal(400, 'MANIFEST_BLOB_UNKNOWN');
  if (manifests.some(({ digest }) => !repository.manifests.has(digest)))
    throw new SmallRefusal(400, 'MANIFEST_BLOB_UNKNOWN');
}

function answerTags({ registry, repository, name, url, response }: SmallCall): void {
  const all = [...repository.tags.keys()];
  const { pages = 'link' } = registry.options;
  if (pages === 'null') {
    json(response, { name, tags: null });
    return;
  }
  if (pages === 'unaware') {
    json(response, { name, tags: all.reverse() });
    return;
  }
  const size = Number(url.searchParams.get('n') ?? all.length);
  const last = url.searchParams.get('last');
  const rest = all.sort().filter((tag) => last === null || tag > last);
  const page = rest.slice(0, size);
  const more = rest.length > page.length && pages === 'link';
  const next = `</v2/${name}/tags/list?n=${size}&last=${encodeURIComponent(page.at(-1) ?? '')}>; rel="next"`;
  json(response, { name, tags: page }, more ? { link: next } : {});
}

function answerReferrers({ registry, repository, reference, url, response }: SmallCall): void {
  switch (registry.options.referrers ?? 'none') {
    case 'none':
      throw new SmallRefusal(404, 'NOT_FOUND');
    case 'bad-request':
      throw new SmallRefusal(400, 'UNSUPPORTED');
    case 'too-many':
      throw new SmallRefusal(429, 'TOOMANYREQUESTS');
    case 'html-redirect': {
      end(response, 303, { location: 'https://pages.example.com/-/v2/login' });
      return;
    }
    case 'api': {
      listReferrers({ repository, reference, url, response });
      return;
    }
  }
}

function listReferrers({
  repository,
  reference,
  url,
  response,
}: Pick<SmallCall, 'repository' | 'reference' | 'url' | 'response'>): void {
  const wanted = url.searchParams.get('artifactType');
  const manifests = [...repository.manifests].flatMap(([digest, { bytes, mediaType }]) => {
    const { subject, artifactType, config, annotations } = JSON.parse(bytes.toString('utf8')) as SomeManifest;
    if (subject?.digest !== reference) return [];
    const type = artifactType ?? config?.mediaType;
    if (wanted !== null && type !== wanted) return [];
    return [{ mediaType, digest, size: bytes.byteLength, artifactType: type, annotations }];
  });
  json(response, { schemaVersion: 2, mediaType: indexType, manifests }, { 'content-type': indexType });
}
