import { afterEach, describe, expect, test } from 'vitest';
import type { Digest } from '../../../src/oci/digest.ts';
import { changeReferrers, referrersTag } from '../../../src/registry/referrer-entry.ts';
import { openRegistry } from '../../../src/registry/registry-client.ts';
import { fakeHost } from '../../support/fake-host.ts';
import { place, sampleImage, sampleReferrer } from '../../support/sample-image.ts';
import { SmallRegistry, type SmallRegistryOptions } from '../../support/small-registry.ts';

const image = sampleImage(1000);
const subject = image.index.descriptor;
const opened: SmallRegistry[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((registry) => registry.stop()));
});

async function start(options: SmallRegistryOptions = {}): Promise<SmallRegistry> {
  const registry = await SmallRegistry.start(options);
  opened.push(registry);
  place(registry.repository('app'), image, 'latest');
  return registry;
}

function open(registry: SmallRegistry, clock: 'fake' | 'real' = 'fake') {
  const random = Math.floor(Math.random() * 1e9);
  const host = { ...fakeHost({ clock }), randomHex: randomHexFrom(random) };
  return openRegistry({ host, registry: registry.host }).repository('app');
}

/** Different for each client, as real randomness is. */
function randomHexFrom(seed: number): (byteCount: number) => string {
  let state = seed;
  return (byteCount) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state
      .toString(16)
      .padStart(8, '0')
      .slice(0, 8)
      .padEnd(byteCount * 2, '0')
      .slice(0, byteCount * 2);
  };
}

function notes(count: number) {
  return Array.from({ length: count }, (_, number) =>
    sampleReferrer(subject, image.config.descriptor, `note ${number}`),
  );
}

describe('referrers by the registry', () => {
  test('are listed with type and annotations, filtered by type, and leave no tag', async () => {
    const registry = await start({ referrers: 'api' });
    const repository = open(registry);
    const [note] = notes(1);

    await repository.putManifest(note?.bytes ?? Buffer.alloc(0), note?.descriptor ?? subject);

    expect(await repository.referrers(subject.digest)).toEqual([
      { ...note?.descriptor, artifactType: 'application/vnd.example.note', annotations: { name: 'note 0' } },
    ]);
    expect(await repository.referrers(subject.digest, 'application/other')).toEqual([]);
    expect([...registry.repository('app').tags.keys()]).toEqual(['latest']);
  });
});

describe('referrers by tag', () => {
  test('are kept with type and annotations, and each once', async () => {
    const registry = await start();
    const repository = open(registry);
    const [note] = notes(1);
    for (let times = 0; times < 2; times += 1)
      await repository.putManifest(note?.bytes ?? Buffer.alloc(0), note?.descriptor ?? subject);

    expect(await repository.referrers(subject.digest)).toEqual([
      { ...note?.descriptor, artifactType: 'application/vnd.example.note', annotations: { name: 'note 0' } },
    ]);
    expect(registry.repository('app').tags.has(`sha256-${subject.digest.slice(7)}`)).toBe(true);
  });

  test('are left alone where told to', async () => {
    const registry = await start();
    const [note] = notes(1);

    await open(registry).putManifest(note?.bytes ?? Buffer.alloc(0), {
      mediaType: note?.descriptor.mediaType ?? '',
      keepReferrersTag: false,
    });

    expect([...registry.repository('app').tags.keys()]).toEqual(['latest']);
  });

  test('forget what is deleted', async () => {
    const registry = await start();
    const repository = open(registry);
    const [first, second] = notes(2);
    for (const note of [first, second])
      await repository.putManifest(note?.bytes ?? Buffer.alloc(0), note?.descriptor ?? subject);

    await repository.deleteManifest(first?.descriptor.digest ?? subject.digest);

    const left = await repository.referrers(subject.digest);
    expect(left.map((entry) => entry.digest)).toEqual([second?.descriptor.digest]);
  });

  test.each([
    ['one client', 1, {}],
    ['eight clients', 8, {}],
    ['eight clients, at a registry that compares', 8, { honoursConditions: true }],
  ])('of 8 writers at once in %s, 8 are kept', async (_, clientCount, options) => {
    const registry = await start(options);
    const clients = Array.from({ length: clientCount }, () => open(registry, clientCount === 1 ? 'fake' : 'real'));

    await Promise.all(
      notes(8).map(async ({ bytes, descriptor }, number) => {
        await clients[number % clientCount]?.putManifest(bytes, descriptor);
      }),
    );

    expect(await clients[0]?.referrers(subject.digest)).toHaveLength(8);
  });

  test('are given up, and told so, where somebody overwrites them without end', async () => {
    const registry = await start();
    const { tags } = registry.repository('app');
    const [note] = notes(1);
    const tag = referrersTag(subject.digest);
    registry.afterPut = () => tags.delete(tag);

    const put = open(registry).putManifest(note?.bytes ?? Buffer.alloc(0), note?.descriptor ?? subject);

    await expect(put).rejects.toMatchObject({ code: 'REFERRERS_CONTENDED' });
  });
});

describe('referrersTag', () => {
  test.each([
    [`sha256:${'a'.repeat(64)}`, `sha256-${'a'.repeat(64)}`],
    [`sha512:${'b'.repeat(128)}`, `sha512-${'b'.repeat(64)}`],
  ] satisfies [Digest, string][])('of %s is %s', (digest, tag) => {
    expect(referrersTag(digest)).toBe(tag);
  });
});

describe('changeReferrers', () => {
  const [one, two, three] = notes(3).map(({ descriptor }) => descriptor);
  const list = { schemaVersion: 2, manifests: [one ?? subject], annotations: { kept: 'yes' } } as const;

  test('adds once, keeps what is lost, and changes nothing else', () => {
    const changed = changeReferrers(list, { add: two ?? subject, keep: [three ?? subject, one ?? subject] });

    expect(changed).toEqual({ ...list, manifests: [one, three, two] });
    expect(changeReferrers(changed, { add: two ?? subject })).toBeUndefined();
  });

  test('removes, and knows when there is nothing to remove', () => {
    expect(changeReferrers(list, { remove: one?.digest ?? subject.digest })?.manifests).toEqual([]);
    expect(changeReferrers(list, { remove: subject.digest })).toBeUndefined();
  });
});
