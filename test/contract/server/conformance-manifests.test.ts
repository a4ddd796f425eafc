import { describe, expect, test } from 'vitest';
import { type Digest, digestOf } from '../../../src/oci/digest.ts';
import { mediaTypes } from '../../../src/oci/media-types.ts';
import { pushBlob, send, type TestRegistry, testRegistry, withQuery } from './probe.ts';
import {
  blobOf,
  type Content,
  lastOf,
  type Manifest,
  manifestOf,
  randomBlob,
  sampleImage,
  sampleIndex,
  together,
} from './sample-content.ts';

/** Every kind of manifest that the conformance suite of the distribution specification sends, and every request about it. */
const repository = 'conformance/repo1';
const artifactType = 'application/vnd.example.oci.conformance.v1';
const otherArtifactType = 'application/vnd.example.oci.conformance.v2';
const accept = { Accept: `${mediaTypes.index}, ${mediaTypes.manifest}` };

interface DataSet {
  readonly content: Content;
  /** By tag. */
  readonly tags: Readonly<Record<string, Manifest>>;
  readonly setsTagsByParameter?: boolean;
}

const artifactFields = { artifactType };
const emptyConfig = { mediaType: mediaTypes.empty, bytes: '{}' };
const artifactOptions = { config: emptyConfig, layerCount: 1, layerType: artifactType };

function one(content: Content, tag = 'sample'): DataSet {
  return { content, tags: { [tag]: lastOf(content) } };
}

function pair(options: Parameters<typeof sampleImage>[0] = {}): readonly Content[] {
  return ['amd64', 'arm64'].map((architecture) => sampleImage({ ...options, architecture }));
}

function referring(subject: Content, fields: Readonly<Record<string, unknown>>): Content {
  const annotations = {
    'org.opencontainers.conformance': 'hello conformance test',
    [`org.example.${Math.random()}`]: 'x',
  };
  return sampleImage({ ...artifactOptions, fields: { annotations, subject: lastOf(subject).descriptor, ...fields } });
}

function artifactsWithSubject(): DataSet {
  const image = sampleImage();
  const plain = sampleImage({ fields: { subject: lastOf(image).descriptor } });
  const [first, second] = [artifactType, otherArtifactType].map((type) => referring(image, { artifactType: type }));
  if (first === undefined || second === undefined) throw new Error('there are two artifacts');
  const tags = { image: lastOf(image), 'tagged-artifact1': lastOf(first), 'tagged-artifact2': lastOf(second) };
  return { content: together(image, plain, first, second), tags };
}

function indexWithSubject(): DataSet {
  const image = sampleIndex(pair());
  const annotations = { 'org.opencontainers.conformance': 'hello conformance test' };
  const subject = lastOf(image).descriptor;
  const artifact = sampleIndex(pair({ ...artifactOptions, fields: artifactFields }), {
    artifactType,
    annotations,
    subject,
  });
  return { content: together(image, artifact), tags: { index: lastOf(image), 'tagged-artifact': lastOf(artifact) } };
}

function missingSubject(): DataSet {
  const digest = digestOf('missing content');
  const fields = { ...artifactFields, subject: { mediaType: mediaTypes.manifest, digest, size: 123 } };
  return one(sampleImage({ ...artifactOptions, fields }), 'tagged-artifact');
}

/** Layers that no registry may hold. */
function nonDistributable(): DataSet {
  const base = sampleImage({ layerCount: 1 });
  const kept = lastOf(base).document['layers'] as readonly unknown[];
  const missing = ['nondistributable.v1.tar+gzip', 'nondistributable.v1.tar'].map((type) => {
    const { digest } = randomBlob();
    return {
      mediaType: `application/vnd.oci.image.layer.${type}`,
      digest,
      size: 12_345,
      urls: [`https://store.example.com/${digest}`],
    };
  });
  const manifest = manifestOf({ ...lastOf(base).document, layers: [...missing, ...kept] });
  return { content: { blobs: base.blobs, manifests: [manifest] }, tags: { 'non-distributable-image': manifest } };
}

/** The largest manifest that every registry should take: 3.9 MB. */
function largeManifest(): DataSet {
  const names = Array.from({ length: 390 }, (_, number) => `large-annotation-${number}`);
  return one(
    sampleImage({ fields: { annotations: Object.fromEntries(names.map((name) => [name, 'A'.repeat(10_000)])) } }),
  );
}

function byTagParameter(algorithm: 'sha256' | 'sha512'): DataSet {
  const content = sampleIndex(pair({ algorithm }), {}, algorithm);
  const numbered = Object.fromEntries(content.manifests.map((manifest, number) => [`param-${number}`, manifest]));
  return { content, tags: { ...numbered, param: lastOf(content) }, setsTagsByParameter: true };
}

const dataSets: Readonly<Record<string, () => DataSet>> = {
  image: () => one(sampleImage()),
  'uncompressed image': () => one(sampleImage({ layerType: mediaTypes.layer })),
  'large manifest': largeManifest,
  index: () => one(sampleIndex(pair())),
  'nested index': () => one(sampleIndex([sampleIndex(pair()), sampleIndex(pair())])),
  'empty index': () => one(sampleIndex([])),
  artifact: () => one(sampleImage({ ...artifactOptions, fields: artifactFields })),
  'artifact index': () => one(sampleIndex(pair({ ...artifactOptions, fields: artifactFields }), artifactFields)),
  'artifact without layers': () => one(sampleImage({ ...artifactOptions, layerCount: 0, fields: artifactFields })),
  'artifacts with subject': artifactsWithSubject,
  'index with subject': indexWithSubject,
  'missing subject': missingSubject,
  'data field': () => one(sampleImage({ embedsData: true })),
  'non-distributable layers': nonDistributable,
  'custom fields': () => one(sampleIndex(pair({ fields: { 'org.example.extra': 'x' } }), { 'org.example.extra': 'y' })),
  'no layers': () => one(sampleImage({ layerCount: 0 })),
  'Docker image and list': () => one(dockerList()),
  sha512: () => ({ content: sampleIndex(pair({ algorithm: 'sha512' }), {}, 'sha512'), tags: {} }),
  'tag parameters': () => byTagParameter('sha256'),
  'tag parameters, sha512': () => byTagParameter('sha512'),
};

function dockerList(): Content {
  const image = sampleImage({ fields: { mediaType: mediaTypes.dockerManifest } });
  return sampleIndex([image], { mediaType: mediaTypes.dockerManifestList });
}

async function push(registry: TestRegistry, { content, tags, setsTagsByParameter = false }: DataSet): Promise<void> {
  for (const blob of content.blobs) expect((await pushBlob(registry, repository, blob)).status).toBe(201);
  for (const manifest of content.manifests) {
    const own = Object.keys(tags).filter((tag) => tags[tag] === manifest);
    const query = setsTagsByParameter ? `?${own.map((tag) => `tag=${tag}`).join('&')}` : '';
    const answer = await put(registry, manifest, `${manifest.digest}${query}`);
    expect(answer.header('oci-tag')).toBe(setsTagsByParameter ? own.join(', ') : '');
  }
  if (setsTagsByParameter) return;
  for (const [tag, manifest] of Object.entries(tags)) await put(registry, manifest, tag);
}

async function put(registry: TestRegistry, manifest: Manifest, target: string) {
  const headers = { 'Content-Type': manifest.descriptor.mediaType };
  // As Go's client sends it: without a length.
  const answer = await send(registry, 'PUT', `/v2/${repository}/manifests/${target}`, {
    headers,
    body: manifest.bytes,
    isChunked: true,
  });
  expect(answer.status).toBe(201);
  expect(answer.header('docker-content-digest')).toBe(manifest.digest);
  const subject = manifest.document['subject'] as { digest: string } | undefined;
  expect(answer.header('oci-subject')).toBe(subject?.digest ?? '');
  await expectManifest(registry, manifest, answer.header('location'));
  return answer;
}

async function expectManifest(registry: TestRegistry, { bytes, descriptor }: Manifest, target: string): Promise<void> {
  for (const method of ['HEAD', 'GET']) {
    const answer = await send(registry, method, target, { headers: accept });
    expect(answer.status).toBe(200);
    expect(answer.header('content-type')).toBe(descriptor.mediaType);
    expect(answer.header('content-length')).toBe(String(descriptor.size));
    expect(answer.header('docker-content-digest')).toBe(descriptor.digest);
    expect(answer.body.equals(method === 'HEAD' ? Buffer.alloc(0) : bytes)).toBe(true);
  }
}

async function expectTags(registry: TestRegistry, tags: readonly string[]): Promise<void> {
  const target = `/v2/${repository}/tags/list`;
  expect((await send(registry, 'GET', target)).json()).toEqual({ name: repository, tags: [...tags].sort() });
  const last = [...tags].sort()[0];
  if (last === undefined) return;
  const rest = await send(registry, 'GET', withQuery(target, { last }));
  expect(rest.json()).toEqual({ name: repository, tags: [...tags].sort().slice(1) });
}

/** What the list of referrers must say of a manifest. */
function asReferrer({ descriptor, document }: Manifest): { readonly artifactType?: unknown } {
  const config = document['config'] as { mediaType: string } | undefined;
  const type = document['artifactType'] ?? config?.mediaType;
  const annotations = document['annotations'];
  return {
    ...descriptor,
    ...(type === undefined ? {} : { artifactType: type }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

function subjectOf({ document }: Manifest): Digest | undefined {
  return (document['subject'] as { digest: Digest } | undefined)?.digest;
}

async function expectReferrers(registry: TestRegistry, { content }: DataSet): Promise<void> {
  for (const subject of new Set(content.manifests.map(subjectOf))) {
    if (subject === undefined) continue;
    const expected = content.manifests.filter((manifest) => subjectOf(manifest) === subject).map(asReferrer);
    await expectReferrerList(registry, subject, expected);
    for (const type of new Set(expected.map(({ artifactType }) => String(artifactType)))) {
      const ofType = expected.filter(({ artifactType }) => artifactType === type);
      await expectReferrerList(registry, subject, ofType, type);
    }
  }
}

async function expectReferrerList(
  registry: TestRegistry,
  subject: Digest,
  expected: readonly unknown[],
  type?: string,
): Promise<void> {
  const target = `/v2/${repository}/referrers/${subject}`;
  const answer = await send(registry, 'GET', type === undefined ? target : withQuery(target, { artifactType: type }));
  expect([answer.status, answer.header('content-type')]).toEqual([200, mediaTypes.index]);
  expect(answer.header('oci-filters-applied')).toBe(type === undefined ? '' : 'artifactType');
  const list = answer.json() as { manifests: unknown[] };
  expect(list).toMatchObject({ schemaVersion: 2, mediaType: mediaTypes.index });
  expect(list.manifests).toHaveLength(expected.length);
  expect(list.manifests).toEqual(expect.arrayContaining([...expected]));
}

async function deleteAll(registry: TestRegistry, { content, tags }: DataSet): Promise<void> {
  const manifests = [...content.manifests].reverse().map(({ digest }) => `manifests/${digest}`);
  const blobs = content.blobs.map(({ digest }) => `blobs/${digest}`);
  const targets = [...Object.keys(tags).map((tag) => `manifests/${tag}`), ...manifests, ...new Set(blobs)];
  for (const target of targets) {
    expect([target, (await send(registry, 'DELETE', `/v2/${repository}/${target}`)).status]).toEqual([target, 202]);
    expect([target, (await send(registry, 'HEAD', `/v2/${repository}/${target}`)).status]).toEqual([target, 404]);
  }
}

describe.each(['memory', 'disk'])('manifests kept in %s', (storage) => {
  test.each(Object.keys(dataSets))('are pushed, listed, pulled, referred to and deleted: %s', async (name) => {
    const registry = await testRegistry({ storage });
    const data = dataSets[name]?.();
    if (data === undefined) throw new Error('no such data set');

    await push(registry, data);

    await expectTags(registry, Object.keys(data.tags));
    for (const [tag, manifest] of Object.entries(data.tags)) {
      await expectManifest(registry, manifest, `/v2/${repository}/manifests/${tag}`);
    }
    for (const manifest of data.content.manifests) {
      await expectManifest(registry, manifest, `/v2/${repository}/manifests/${manifest.digest}`);
    }
    await expectReferrers(registry, data);
    await deleteAll(registry, data);
  });

  test('are refused when their bytes do not hash to the digest they are put under', async () => {
    const registry = await testRegistry({ storage });
    const image = sampleImage();
    for (const blob of image.blobs) await pushBlob(registry, repository, blob);
    const { digest, bytes } = lastOf(image);
    const headers = { 'Content-Type': mediaTypes.manifest };

    const body = Buffer.concat([bytes, Buffer.from('  ')]);
    const wrong = await send(registry, 'PUT', `/v2/${repository}/manifests/${digest}`, { headers, body });
    const malformed = await send(registry, 'PUT', `/v2/${repository}/manifests/sha256:baddigeststring`, {
      headers,
      body: bytes,
    });

    expect([wrong.status, wrong.code]).toEqual([400, 'DIGEST_INVALID']);
    expect([malformed.status, malformed.code]).toEqual([400, 'DIGEST_INVALID']);
    expect((await send(registry, 'GET', `/v2/${repository}/manifests/sha256:baddigeststring`)).status).toBe(400);
    await put(registry, lastOf(image), digest);
  });

  test('are not found when nobody pushed them', async () => {
    const registry = await testRegistry({ storage });
    await pushBlob(registry, repository, randomBlob());

    const byDigest = await send(registry, 'GET', `/v2/${repository}/manifests/${blobOf('x').digest}`);
    const byTag = await send(registry, 'GET', `/v2/${repository}/manifests/missing-tag`);

    expect([byDigest.status, byDigest.code]).toEqual([404, 'MANIFEST_UNKNOWN']);
    expect([byTag.status, byTag.code]).toEqual([404, 'MANIFEST_UNKNOWN']);
  });

  test('are listed as none in a repository that is not there', async () => {
    const registry = await testRegistry({ storage });

    const ping = await send(registry, 'GET', '/v2/');
    const tags = await send(registry, 'GET', `/v2/${repository}/tags/list`);
    const referrers = await send(registry, 'GET', `/v2/${repository}/referrers/${blobOf('x').digest}`);

    expect([ping.status, tags.status, tags.code]).toEqual([200, 404, 'NAME_UNKNOWN']);
    expect([referrers.status, referrers.header('content-type')]).toEqual([200, mediaTypes.index]);
    expect(JSON.parse(referrers.body.toString())).toEqual({
      schemaVersion: 2,
      mediaType: mediaTypes.index,
      manifests: [],
    });
  });
});
