import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Descriptor } from '../../../src/oci/descriptor.ts';
import { parseReference } from '../../../src/oci/reference.ts';
import { openRegistry, type RegistryClient } from '../../../src/registry/registry-client.ts';
import { type RunningRegistry, startRegistry } from '../../../src/server/start-registry.ts';
import { drain, joinChunks, once } from '../../../src/store/collect-content.ts';
import { copyGraph, copyImages, everyTag } from '../../../src/store/copy.ts';
import { inspectImage } from '../../../src/store/inspect.ts';
import { openLayout } from '../../../src/store/layout-store.ts';
import { openLocation } from '../../../src/store/open-location.ts';
import { RegistryStore } from '../../../src/store/registry-store.ts';
import { fakeHost } from '../../support/fake-host.ts';
import { codeOf, describeImageStore } from './image-store-contract.ts';
import { digestsOf, putReferrer, putSample, sampleBytes } from './sample-image.ts';

const folder = mkdtempSync(join(tmpdir(), 'polyarch-registry-store-'));
const host = fakeHost({ clock: 'real', workingDirectory: folder });
let registry: RunningRegistry;
let client: RegistryClient;
let count = 0;
beforeAll(async () => {
  registry = await startRegistry({ host, options: { isAccessLogged: true } });
  client = openRegistry({ host, registry: registry.registry });
});
afterAll(async () => {
  client.close();
  await registry.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Every request that the registry has answered. */
function requests(): readonly string[] {
  return host.events.flatMap((event) => (event.kind === 'log' && event.id === 'registry' ? [event.text] : []));
}

function repository(name = `team/app-${(count += 1)}`): RegistryStore {
  return new RegistryStore(client.repository(name), { host });
}

describeImageStore('RegistryStore', {
  make: () => Promise.resolve(repository()),
  reopen: (store) => Promise.resolve(repository(store.where?.repository)),
});

describe('RegistryStore', () => {
  test('write sends large content that can be read only once', async () => {
    const store = repository();
    const bytes = sampleBytes('large', 9 * 1024 * 1024);

    const key = await store.write(once(bytes));

    expect(Buffer.from(await joinChunks(store.read(key))).equals(bytes)).toBe(true);
  });

  test('takeFrom uploads, mounts and skips', async () => {
    const layout = await openLayout('layout', { host, create: true });
    const [first, second] = [repository(), repository()];
    const key = await layout.write(once(sampleBytes('blob', 300_000)));

    expect(await first.takeFrom(layout, key)).toBe('copied');
    expect(await first.takeFrom(layout, key)).toBe('present');
    expect(await second.takeFrom(first, key)).toBe('mounted');
    await drain(second.read(key));
  });
});

describe('copyGraph with registries', () => {
  test('copies from a layout to a registry, on to another repository by mounts, and back', async () => {
    const layout = await openLayout('there', { host, create: true });
    const back = await openLayout('back', { host, create: true });
    const { index } = await putSample(layout, { attestations: true });
    const [first, second] = [repository(), repository()];
    function outcomesOf(contents: readonly { readonly outcome: string }[]): readonly string[] {
      return [...new Set(contents.map(({ outcome }) => outcome))].sort();
    }

    const pushed = await copyGraph(index, { host, source: layout, destination: first });
    const mounted = await copyGraph(index, { host, source: first, destination: second });
    const pulled = await copyGraph(index, { host, source: second, destination: back });
    const before = requests().length;
    const again = await copyGraph(index, { host, source: layout, destination: first });
    const made = requests().slice(before);

    expect(outcomesOf(pushed.contents)).toEqual(['copied']);
    expect(mounted.contents.filter(({ outcome }) => outcome === 'mounted')).toHaveLength(10);
    expect(outcomesOf(pulled.contents)).toEqual(['copied']);
    expect(outcomesOf(again.contents)).toEqual(['present']);
    // The repository gave all of it a moment ago, when it was read for the second one.
    expect(made).toEqual([]);
    for (const content of pulled.contents) await drain(back.read(content));
  });

  test('copies every tag with its referrers, which the destination lists', async () => {
    const layout = await openLayout('tagged', { host, create: true });
    const { index } = await putSample(layout);
    await layout.tag('v1', index);
    await layout.tag('latest', index);
    const referrer = await putReferrer(layout, index, 'application/vnd.example.signature');
    await layout.refer(index.digest, referrer);
    const destination = repository();

    await copyImages({ host, source: layout, destination, images: await everyTag(layout), referrers: true });

    expect([...(await destination.tags())].sort()).toEqual(['latest', 'v1']);
    expect(digestsOf(await destination.referrers(index.digest))).toEqual([referrer.digest]);
    const inspected = await inspectImage(destination, 'v1');
    expect(inspected.platforms.map(({ platform }) => platform)).toEqual(['linux/amd64', 'linux/arm64', 'linux/arm/v7']);
    expect(inspected.referrers).toMatchObject([{ kind: 'signature', descriptor: { digest: referrer.digest } }]);
  });

  test('tells which side refuses', async () => {
    const layout = await openLayout('sided', { host, create: true });
    const { index } = await putSample(layout);
    const missing: Descriptor = { ...index, digest: `sha256:${'0'.repeat(64)}` };

    await expect(copyGraph(missing, { host, source: repository(), destination: layout })).rejects.toMatchObject({
      where: { side: 'source', registry: registry.registry },
    });
    expect(await codeOf(copyGraph(index, { host, source: layout, destination: repository() }))).toBe('no fault');
  });
});

describe('openLocation', () => {
  test('opens layouts, archives and registries for writing and reading', async () => {
    const source = await openLayout('for-all', { host, create: true });
    const { index } = await putSample(source);
    const locations = [
      { kind: 'oci', path: 'written', image: '' },
      { kind: 'oci-archive', path: 'written.oci.tar', image: '' },
      { kind: 'docker-archive', path: 'written.docker.tar', image: '' },
      { kind: 'registry', reference: parseReference(`${registry.registry}/written/app`) },
    ] as const;

    for (const location of locations) {
      const name = location.kind === 'docker-archive' ? 'app:v1' : 'v1';
      const destination = await openLocation(location, { host, mode: 'write' });
      await copyGraph(index, { host, source, destination });
      await destination.tag(name, index);
      await destination.close?.();
      const reader = await openLocation(location, { host, mode: 'read' });
      expect(await reader.resolve(name), location.kind).toMatchObject(index);
      expect(await reader.has(index), location.kind).toBe(true);
      await reader.close?.();
    }
  });

  test('does not make what is to be read', async () => {
    const location = { kind: 'oci', path: 'nowhere', image: '' } as const;

    expect(await codeOf(openLocation(location, { host, mode: 'read' }))).toBe('LAYOUT_MISSING');
    expect(await codeOf(openLocation(location, { host, mode: 'write' }))).toBe('no fault');
    expect(await codeOf(openLocation(location, { host, mode: 'read' }))).toBe('no fault');
  });
});
