import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Destination } from '../../../src/plan/plan.ts';
import { writeReleases } from '../../../src/run/release/write-release.ts';
import { once } from '../../../src/store/collect-content.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { fakeHost } from '../../support/fake-host.ts';
import { sampleImage } from '../../support/sample-image.ts';
import { SmallRegistry } from '../../support/small-registry.ts';

const { layer, config, manifest, index } = sampleImage(1000);

describe('writeReleases', () => {
  let folder: string;
  let registry: SmallRegistry;
  let source: MemoryStore;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'polyarch-release-'));
    registry = await SmallRegistry.start();
    source = new MemoryStore();
    for (const { descriptor, bytes } of [layer, config, manifest, index]) await source.write(once(bytes), descriptor);
  });
  afterEach(async () => {
    await registry.stop();
    rmSync(folder, { recursive: true });
  });

  async function write(...destinations: readonly Destination[]) {
    const release = { id: 'app', index: index.descriptor, order: {}, images: new Map(), destinations };
    const written = await writeReleases([release], { host: fakeHost(), source, runId: 'run' });
    return written.get('app') ?? [];
  }

  function layout(name: string): Destination {
    return { kind: 'oci', path: join(folder, name), tags: ['1', 'latest'] };
  }

  function repository(required = true): Destination {
    return { kind: 'repository', repository: `${registry.host}/acme/app`, tags: ['1', 'latest'], required };
  }

  test('writes everything everywhere, and finds it unchanged the next time', async () => {
    const first = await write(layout('a'), repository());
    const second = await write(layout('a'), repository());

    expect(first.map(({ state }) => state)).toEqual(['written', 'written']);
    expect(first[1]?.moves?.map(({ state }) => state)).toEqual(['new', 'new']);
    expect(second.map(({ state }) => state)).toEqual(['unchanged', 'unchanged']);
    expect(second[1]?.moves?.map(({ state }) => state)).toEqual(['unchanged', 'unchanged']);
    expect(registry.repository('acme/app').tags).toEqual(
      new Map([
        ['1', index.descriptor.digest],
        ['latest', index.descriptor.digest],
      ]),
    );
  });

  test('moves no tag anywhere where a required place cannot be written', async () => {
    writeFileSync(join(folder, 'file'), 'in the way');
    const outcomes = await write(repository(), layout('file'));

    expect(outcomes.map(({ state }) => state)).toEqual(['skipped', 'failed']);
    expect(outcomes[1]?.problem).toMatchObject({ where: { path: expect.stringContaining('file') } });
    expect(registry.repository('acme/app').tags.size).toBe(0);
  });

  test('writes the other places where one that may fail cannot be written', async () => {
    const unreachable: Destination = {
      kind: 'repository',
      repository: '127.0.0.1:1/app',
      tags: ['1'],
      required: false,
    };
    const outcomes = await write(unreachable, layout('a'));

    expect(outcomes.map(({ state }) => state)).toEqual(['failed', 'written']);
    expect(existsSync(join(folder, 'a/index.json'))).toBe(true);
  });

  test('tells of a tag that was set and does not stay', async () => {
    registry.afterPut = () => registry.repository('acme/app').tags.clear();
    const [outcome] = await write(repository());

    expect(outcome).toMatchObject({
      state: 'failed',
      problem: {
        code: 'TAG_LOST',
        exitCode: 4,
        message: `Cannot confirm the tag "1": it points at nothing, expected ${index.descriptor.digest}`,
      },
    });
  });
});
