import { afterEach, describe, expect, test } from 'vitest';
import { digestOf } from '../../../src/oci/digest.ts';
import { openRegistry } from '../../../src/registry/registry-client.ts';
import { fakeHost } from '../../support/fake-host.ts';
import { sampleImage, sampleReferrer, sourceOf } from '../../support/sample-image.ts';
import { SmallRegistry, type SmallRegistryOptions } from '../../support/small-registry.ts';

const says = 'the request body is too large and exceeds the maximum permissible limit of 4.00MiB';
const password = 'a-secret-of-ann';

/** What registries are known to do, as far as it changes what a client must do. */
const registries: Readonly<Record<string, SmallRegistryOptions>> = {
  'a plain one': {},
  'one with everything new': {
    referrers: 'api',
    honoursConditions: true,
    takesTagParameters: true,
  },
  'Docker Hub': {
    auth: { kind: 'bearer', passwords: { ann: password }, expiresIn: 300 },
    mount: 401,
    location: 'stateful',
    canCancel: false,
  },
  GHCR: {
    auth: { kind: 'bearer', passwords: { ann: password } },
    referrers: 'html-redirect',
    bodyLimit: { bytes: 4 * 1024 * 1024, status: 416, says },
    canResume: false,
    location: 'relative',
  },
  ECR: {
    auth: { kind: 'basic', passwords: { ann: password } },
    mount: 202,
    patchStatus: 201,
    hasStaleRange: true,
    canCancel: false,
  },
  GAR: {
    auth: { kind: 'bearer', passwords: { ann: password }, challenge: 'root-only' },
    referrers: 'html-redirect',
    takesOnePatch: true,
    canResume: false,
  },
  ACR: {
    auth: { kind: 'bearer', passwords: { ann: password }, tokenField: 'access_token', postStatus: 400 },
    referrers: 'api',
  },
  GitLab: {
    auth: { kind: 'bearer', passwords: { ann: password }, requestsPerToken: 2 },
    subjectMustExist: true,
    location: 'stateful',
  },
  Quay: { auth: { kind: 'bearer', passwords: { ann: password } }, referrers: 'bad-request', mount: 405 },
  Harbor: { auth: { kind: 'bearer', passwords: { ann: password } }, referrers: 'api', mount: 401 },
  Artifactory: {
    auth: { kind: 'bearer', passwords: { ann: password }, postStatus: 401 },
    forbidsHead: true,
    wantsPatch: true,
    canCancel: false,
  },
  Nexus: { auth: { kind: 'basic', passwords: { ann: password } }, hasDigestHeader: false, location: 'relative' },
  'distribution 2.8': { canResume: false, pages: 'unaware', canCancel: false },
};

const image = sampleImage(5_000_000);
const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function open(options: SmallRegistryOptions) {
  const registry = await SmallRegistry.start(options);
  closers.push(() => registry.stop());
  const credentials = { kind: 'password', username: 'ann', password } as const;
  const host = fakeHost();
  return { registry, host, client: openRegistry({ host, registry: registry.host, credentials }) };
}

describe.each(Object.entries(registries))('the client and %s', (_, options) => {
  test('push, attach, list, pull, mount and delete', async () => {
    const { registry, host, client } = await open(options);
    const repository = client.repository('team/app');
    const { layer, config, manifest, index } = image;

    await client.ping();
    for (const blob of [layer, config]) expect(await repository.upload(sourceOf(blob))).toBe('uploaded');
    await repository.putManifest(manifest.bytes, manifest.descriptor);
    await repository.putManifest(index.bytes, { mediaType: index.descriptor.mediaType, tags: ['1', 'latest'] });
    const note = sampleReferrer(index.descriptor, config.descriptor);
    await repository.putManifest(note.bytes, note.descriptor);

    expect(await repository.resolve('latest')).toEqual(index.descriptor);
    expect([...(await repository.tags())].filter((tag) => !tag.startsWith('sha256-')).sort()).toEqual(['1', 'latest']);
    const referrers = await repository.referrers(index.descriptor.digest);
    expect(referrers.map(({ digest }) => digest)).toEqual([note.descriptor.digest]);
    for (const { descriptor } of [layer, config, manifest]) {
      const pieces = await repository.download(descriptor, collect);
      expect(digestOf(Buffer.concat(pieces))).toBe(descriptor.digest);
    }

    const beside = client.repository('team/beside');
    expect(['mounted', 'uploaded']).toContain(await beside.upload(sourceOf(layer), { mountFrom: ['team/app'] }));
    expect(registry.repository('team/beside').blobs.get(layer.descriptor.digest)?.equals(layer.bytes)).toBe(true);

    await repository.deleteManifest(note.descriptor.digest);
    expect(await repository.referrers(index.descriptor.digest)).toEqual([]);
    await repository.deleteManifest(index.descriptor.digest);
    expect(await repository.resolve('latest')).toBeUndefined();

    if (options.canCancel !== false) expect(registry.repository('team/app').uploads.size).toBe(0);
    expect(JSON.stringify(host.events)).not.toContain(password);
  });
});

async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return all;
}
