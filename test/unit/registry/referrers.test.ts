import { afterEach, describe, expect, test } from 'vitest';
import type { Descriptor } from '../../../src/oci/descriptor.ts';
import { type Digest, digestOf } from '../../../src/oci/digest.ts';
import { changeReferrers, referrersTag } from '../../../src/registry/referrer-entry.ts';
import { openRegistry } from '../../../src/registry/registry-client.ts';
import { fakeHost } from '../../support/fake-host.ts';
import { place, sampleImage, sampleReferrer } from '../../support/sample-image.ts';
import { SmallRegistry, type SmallRegistryOptions } from '../../support/small-registry.ts';

const image = sampleImage(1000);
const subject = image.index.descriptor;
const manifestType = image.manifest.descriptor.mediaType;
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

  test('are put back when a writer who has read long ago overwrites them, with what that writer added', async () => {
    const registry = await start();
    const { tags, manifests } = registry.repository('app');
    const [own, other] = notes(2);
    const tag = referrersTag(subject.digest);
    function overwrite(...entries: readonly (Descriptor | undefined)[]): void {
      const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: subject.mediaType, manifests: entries }));
      manifests.set(digestOf(bytes), { bytes, mediaType: subject.mediaType });
      tags.set(tag, digestOf(bytes));
    }
    let looks = 0;
    registry.beforeGet = (reference) => {
      if (reference !== tag) return;
      looks += 1;
      if (looks === 2) overwrite(own?.descriptor, other?.descriptor);
      if (looks === 3) overwrite(own?.descriptor);
      if (looks === 4) overwrite(other?.descriptor);
    };
    manifests.set(other?.descriptor.digest ?? '', { bytes: other?.bytes ?? Buffer.alloc(0), mediaType: manifestType });

    await open(registry).putManifest(own?.bytes ?? Buffer.alloc(0), own?.descriptor ?? subject);

    const found = await open(registry).referrers(subject.digest);
    expect(found.map(({ digest }) => digest).sort()).toEqual([own?.descriptor.digest, other?.descriptor.digest].sort());
  });

  test('are not put back when they were deleted meanwhile', async () => {
    const registry = await start();
    const { tags, manifests } = registry.repository('app');
    const [own, other] = notes(2);
    const repository = open(registry);
    await repository.putManifest(other?.bytes ?? Buffer.alloc(0), other?.descriptor ?? subject);
    const tag = referrersTag(subject.digest);
    let looks = 0;
    registry.beforeGet = (reference) => {
      looks += reference === tag ? 1 : 0;
      if (looks !== 2 || !manifests.delete(other?.descriptor.digest ?? '')) return;
      tags.delete(tag);
    };

    await repository.putManifest(own?.bytes ?? Buffer.alloc(0), own?.descriptor ?? subject);

    const found = await repository.referrers(subject.digest);
    expect(found.map(({ digest }) => digest)).toEqual([own?.descriptor.digest]);
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
