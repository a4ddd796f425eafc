import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseReference } from '../../../src/oci/reference.ts';
import { cureFor, pullAsStranger } from '../../../src/publish/pull-as-stranger.ts';
import { openLocation } from '../../../src/store/open-location.ts';
import { fakeHost } from '../../support/fake-host.ts';
import { place, sampleImage } from '../../support/sample-image.ts';
import { SmallRegistry, type SmallRegistryOptions } from '../../support/small-registry.ts';

const image = sampleImage(100);
const index = image.index.descriptor;

describe('pullAsStranger', () => {
  let registry: SmallRegistry;
  const host = fakeHost();
  beforeEach(async () => {
    registry = await SmallRegistry.start();
  });
  afterEach(() => registry.stop());

  async function pull(options: SmallRegistryOptions = {}, tags: readonly string[] = ['1']): Promise<number> {
    registry.options = options;
    place(registry.repository('acme/app'), image, '1');
    const repository = `${registry.host}/acme/app`;
    const reference = parseReference(repository);
    const store = await openLocation(
      { kind: 'registry', reference },
      { host, mode: 'read', access: { anonymous: true } },
    );
    const startMs = host.clock.monotonicMs();
    const wanted = tags.map((tag) => ({ tag, descriptor: index }));
    await pullAsStranger({ host, store, repository, index, tags: wanted }).finally(() => store.close?.());
    return host.clock.monotonicMs() - startMs;
  }

  test('reads every tag, manifest and config, and asks for every layer', async () => {
    expect(await pull()).toBe(0);

    const read = registry.requests.map(({ method, path }) => `${method} ${path.replace('/v2/acme/app/', '')}`);
    expect(read).toContain('HEAD manifests/1');
    expect(read).toContain(`GET manifests/${image.manifest.descriptor.digest}`);
    expect(read).toContain(`GET blobs/${image.config.descriptor.digest}`);
    expect(read).toContain(`HEAD blobs/${image.layer.descriptor.digest}`);
  });

  test('waits two minutes for a tag that does not come', async () => {
    const startMs = host.clock.monotonicMs();

    await expect(pull({}, ['1', '2'])).rejects.toMatchObject({
      code: 'IMAGE_NOT_PUBLIC',
      message: expect.stringMatching(/the tag "2" is not there, expected sha256:[0-9a-f]+, after \d+ s$/),
    });

    expect(host.clock.monotonicMs() - startMs).toBeGreaterThan(100_000);
    expect(host.clock.monotonicMs() - startMs).toBeLessThanOrEqual(120_000);
  });

  test('waits for a tag that comes later', async () => {
    let asked = 0;
    registry.beforeGet = undefined;
    const { tags } = registry.repository('acme/app');
    const origin = tags.get.bind(tags);
    tags.get = (tag) => {
      asked += 1;
      return asked > 3 ? origin(tag) : undefined;
    };

    expect(await pull()).toBeGreaterThan(0);
  });
});

describe('a private repository', () => {
  test('fails the release soon, with the page where it is made public', async () => {
    const registry = await SmallRegistry.start({ auth: { kind: 'basic', passwords: { me: 'secret' } } });
    const host = fakeHost();
    const repository = `${registry.host}/acme/app`;
    const location = { kind: 'registry', reference: parseReference(repository) } as const;
    const store = await openLocation(location, { host, mode: 'read', access: { anonymous: true } });

    const pulled = pullAsStranger({ host, store, repository, index, tags: [{ tag: '1', descriptor: index }] });

    await expect(pulled).rejects.toMatchObject({
      code: 'IMAGE_NOT_PUBLIC',
      message: expect.stringContaining('without a login: it is private'),
      hint: `Make acme/app public in the settings of ${registry.host}, then run \`polyarch publish\` again`,
    });
    expect(host.clock.monotonicMs()).toBeLessThan(15_000);
    await registry.stop();
  });

  test.each([
    ['ghcr.io/acme/app/web', 'https://github.com/users/acme/packages/container/app%2Fweb/settings'],
    ['docker.io/acme/app', 'https://hub.docker.com/repository/docker/acme/app/settings'],
    ['quay.io/acme/app', 'https://quay.io/repository/acme/app?tab=settings'],
  ])('of %s is made public at %s', (repository, page) => {
    expect(cureFor(repository)).toContain(page);
  });
});
