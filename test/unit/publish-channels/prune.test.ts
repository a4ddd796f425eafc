import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { copy } from '../../../src/run/copy.ts';
import { promote } from '../../../src/run/promote.ts';
import { prune } from '../../../src/run/prune.ts';
import { placeModel } from '../../contract/publish-channels/prune-model.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { fakeHost } from '../../support/fake-host.ts';
import { runCommand, runJson } from '../../support/run-command.ts';
import { place, sampleImage } from '../../support/sample-image.ts';
import { SmallRegistry, type SmallRegistryOptions } from '../../support/small-registry.ts';
import { SmallRefusal } from '../../support/small-registry-state.ts';

describe('prune', () => {
  let registry: SmallRegistry;
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'polyarch-prune-'));
  });

  afterEach(async () => {
    await registry.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function start(options: SmallRegistryOptions = {}): Promise<void> {
    registry = await SmallRegistry.start(options);
  }

  function host(time = '2026-01-01T00:00:00Z') {
    return fakeHost({ workingDirectory: folder, clock: new FakeClock(new Date(time)) });
  }

  test('a platform that a kept tag shares survives, and what only the old one had goes', async () => {
    await start();
    const repository = registry.repository('acme/app');
    const digests = placeModel(
      repository,
      {
        documents: [[], [], [], [0, 1], [1, 2]].map((entries) => ({ entries, isSigned: false })),
        tags: [3, 4],
        others: [],
      },
      false,
    );

    await runCommand(['prune', `${registry.host}/acme/app`, '--keep', '1', '--delete'], host());

    expect([...repository.tags.keys()]).toEqual(['t1']);
    expect(digests.map((digest) => repository.manifests.has(digest))).toEqual([false, true, true, false, true]);
  });

  test('shows what would go, and removes nothing without --delete', async () => {
    await start();
    const repository = registry.repository('acme/app');
    for (const tag of ['1', 'latest']) place(repository, sampleImage(100, tag), tag);
    placeModel(repository, { documents: [{ entries: [], isSigned: false }], tags: [0], others: [] }, false);

    const shown = await runCommand(
      ['prune', `${registry.host}/acme/app`, '--older-than', '30d', '--tags', 't*'],
      host(),
    );
    const value = await runJson(['prune', `${registry.host}/acme/app`, '--older-than', '30d'], host());

    expect(shown.stdout).toContain('would go  tag t0  2020-01-01');
    expect(shown.stdout).toContain('1 tag and 1 manifest would go; 2 tags kept');
    expect(value).toMatchObject({ deletes: false, tags: [{ tag: 't0', state: 'would-go' }] });
    expect(repository.tags.size).toBe(3);
    expect(registry.requests.filter(({ method }) => method === 'DELETE')).toEqual([]);
  });

  test('latest, channels and what they may go back to stay; an image that does not tell its age stays', async () => {
    await start();
    const repository = registry.repository('acme/app');
    const name = `${registry.host}/acme/app`;
    const model = {
      documents: [0, 1, 2, 3].map(() => ({ entries: [], isSigned: false })),
      tags: [0, 1, 2, 3],
      others: [],
    };
    const digests = placeModel(repository, model, false);
    place(repository, sampleImage(100), 'ageless');
    repository.tags.set('latest', digests[2] ?? '');
    for (const tag of ['t0', 't1'])
      await promote({ source: `${name}:${tag}`, tags: ['stable'], isDryRun: false }, host());

    const { tags } = await prune({ repository: name, keepCount: 0, deletes: true }, host());

    expect(tags.map(({ tag }) => tag).sort()).toEqual(['t0', 't1', 't2', 't3']);
    expect(digests.map((digest) => repository.manifests.has(digest))).toEqual([true, true, true, false]);
    expect([...repository.tags.keys()].sort()).toEqual(['ageless', 'latest', 'polyarch-channel-stable', 'stable']);
  });

  test('a part of an old run that no index took up goes; one of a run of today stays', async () => {
    await start();
    const repository = registry.repository('acme/app');
    const documents = [0, 1, 2].map(() => ({ entries: [], isSigned: false }));
    const digests = placeModel(repository, { documents, tags: [2], others: [] }, false);
    await keepRecord('20251101T000000Z-aa', '2025-11-01T00:00:00Z', digests[0] ?? '');
    await keepRecord('20251231T220000Z-bb', '2025-12-31T22:00:00Z', digests[1] ?? '');
    await keepRecord('20251102T000000Z-cc', '2025-11-02T00:00:00Z', digests[2] ?? '');

    const { documents: gone } = await prune({ repository: `${registry.host}/acme/app`, deletes: true }, host());

    expect(gone).toEqual([{ digest: digests[0], kind: 'manifest', state: 'removed' }]);
    expect(digests.map((digest) => repository.manifests.has(digest))).toEqual([false, true, true]);
  });

  async function keepRecord(run: string, finishedAt: string, digest: string): Promise<void> {
    const { mkdir, writeFile } = await import('node:fs/promises');
    const parts = join(folder, '.polyarch/runs', run, 'parts');
    const descriptor = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: 10 };
    const part = {
      cell: 'app/linux/arm64',
      platform: 'linux/arm64',
      manifest: descriptor,
      config: descriptor,
      layers: [],
      sizeBytes: 1,
      durationMs: 1,
      steps: { total: 1, cached: 0 },
      engine: 'test',
      location: `${registry.host}/acme/app`,
    };
    const record = {
      version: 1,
      kind: 'polyarch/part',
      runId: run,
      cell: part.cell,
      platform: part.platform,
      finishedAt,
    };
    await mkdir(parts, { recursive: true });
    const outcome = { cell: part.cell, state: 'built', part };
    await writeFile(join(parts, 'app.json'), JSON.stringify({ ...record, outcome }));
  }

  test('REGISTRY_UNSUPPORTED with the cure where the registry does not delete, and every tag still works', async () => {
    await start();
    const repository = registry.repository('acme/app');
    const documents = [0, 1].map(() => ({ entries: [], isSigned: false }));
    placeModel(repository, { documents, tags: [0, 1], others: [] }, false);
    repository.manifests.delete = () => {
      throw new SmallRefusal(405, 'UNSUPPORTED');
    };

    const run = await runCommand(['prune', `${registry.host}/acme/app`, '--keep', '1', '--delete'], host());

    expect(run.exitCode).toBe(4);
    expect(run.stderr).toContain('REGISTRY_UNSUPPORTED');
    expect(run.stderr).toContain('REGISTRY_STORAGE_DELETE_ENABLED=true');
    expect(run.stdout).toContain('left  tag t0');
    expect([...repository.tags.keys()]).toEqual(['t0', 't1']);
  });

  test('a tag whose image another tag holds goes alone', async () => {
    await start();
    const repository = registry.repository('acme/app');
    const documents = [0].map(() => ({ entries: [], isSigned: false }));
    const [digest = ''] = placeModel(repository, { documents, tags: [0], others: [0] }, false);

    const { tags } = await prune(
      { repository: `${registry.host}/acme/app`, pattern: 't?', keepCount: 0, deletes: true },
      host(),
    );

    expect(tags).toMatchObject([{ tag: 't0', state: 'removed' }]);
    expect([...repository.tags]).toEqual([['other0', digest]]);
    expect(repository.manifests.has(digest)).toBe(true);
  });

  test('PRUNE_OUTDATED where a tag is set while it looks, and nothing goes', async () => {
    await start();
    const repository = registry.repository('acme/app');
    const documents = [0, 1].map(() => ({ entries: [], isSigned: false }));
    const digests = placeModel(repository, { documents, tags: [0, 1], others: [] }, false);
    registry.beforeGet = () => repository.tags.set('new', digests[0] ?? '');

    const run = await runCommand(['prune', `${registry.host}/acme/app`, '--keep', '1', '--delete'], host());

    expect([run.exitCode, run.stderr]).toEqual([1, expect.stringContaining('PRUNE_OUTDATED')]);
    expect(repository.manifests.size).toBe(2);
  });

  test('removes from a layout what no name reaches, but not what may be in the making', async () => {
    await start();
    for (const tag of ['1', '2']) place(registry.repository('acme/app'), sampleImage(100, tag), tag);
    const layout = join(folder, 'layout');
    for (const tag of ['1', '2'])
      await copy(
        {
          source: `${registry.host}/acme/app:${tag}`,
          destination: `oci:${layout}:${tag}`,
          platforms: [],
          allTags: false,
          referrers: false,
        },
        host(),
      );
    const blobs = join(layout, 'blobs/sha256');
    const before = await readdir(blobs);
    for (const name of before) await utimes(join(blobs, name), 1, 1);
    const { openLayout } = await import('../../../src/store/layout-store.ts');
    await (await openLayout(layout, { host: host() })).untag('1');

    const early = await prune({ repository: `oci:${layout}`, deletes: true }, host('1970-01-01T00:00:10Z'));
    const late = await prune({ repository: `oci:${layout}`, deletes: true }, host());

    expect([early.freedBytes, late.freedBytes === 0]).toEqual([0, false]);
    expect((await readdir(blobs)).length).toBe(before.length - 3);
  });

  test.each(['app:1', 'oci:layout:1', 'oci-archive:x.tar'])('USAGE for %s', async (repository) => {
    await start();
    expect((await runCommand(['prune', repository], host())).exitCode).toBe(2);
    expect((await runCommand(['prune', 'app', '--keep', 'many'], host())).stderr).toContain('--keep "many"');
  });
});
