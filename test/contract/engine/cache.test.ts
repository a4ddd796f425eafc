import { readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cacheFile } from '../../../src/engine/embedded/cache-file.ts';
import { listCache, pruneCache } from '../../../src/engine/embedded/cache-prune.ts';
import { drain } from '../../../src/store/collect-content.ts';
import { gatherGraph } from '../../../src/store/content-graph.ts';
import { fakeHost } from '../../support/fake-host.ts';
import { type BuildOutcome, layOut, onlyPart, Workshop } from './build-image.ts';

const lines = 'FROM scratch\nCOPY d /d\nCOPY a /a';

function filesOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    statSync(join(folder, name)).isFile(),
  );
}

/** Reads every blob of an image: it is all there, and true. */
async function checkWhole({ store }: BuildOutcome, outcome: BuildOutcome): Promise<void> {
  const { blobs } = await gatherGraph(store, onlyPart(outcome).manifest);
  for (const blob of blobs) await drain(store.read(blob));
}

describe('the build cache', () => {
  let shop: Workshop;
  beforeEach(() => {
    shop = new Workshop({ a: 'A', 'd/b': 'B', 'd/c': 'C' });
  });
  afterEach(() => shop.remove());

  test('a build that finds nothing changed makes no layer', async () => {
    const first = await shop.build(lines);
    const second = await shop.rebuild();

    expect(onlyPart(first).steps).toEqual({ total: 2, cached: 0 });
    expect(onlyPart(second)).toMatchObject({ steps: { total: 2, cached: 2 }, manifest: onlyPart(first).manifest });
    expect(second.host.events.filter((event) => event.kind === 'task-ended').map((event) => event.outcome)).toEqual([
      'cached',
      'cached',
    ]);
  });

  test('a changed file makes its own layer anew, and no other', async () => {
    await shop.build('FROM scratch\nCOPY a /a\nCOPY d /d');
    layOut(shop.context, { 'd/b': 'other' });

    const { layers } = onlyPart(await shop.rebuild());

    expect(layers.map(({ cached }) => cached)).toEqual([true, false]);
  });

  test('a layer on changed layers is made again only in name', async () => {
    const first = onlyPart(await shop.build(lines));
    layOut(shop.context, { 'd/b': 'other' });
    const second = onlyPart(await shop.rebuild());

    expect(second.layers.map(({ cached }) => cached)).toEqual([false, true]);
    expect(second.layers[1]?.descriptor).toEqual(first.layers[1]?.descriptor);
  });

  test('--no-cache makes everything anew, to the same bytes', async () => {
    const first = onlyPart(await shop.build(lines));
    const second = onlyPart(await shop.rebuild({ recipe: { noCache: true } }));

    expect(second.steps.cached).toBe(0);
    expect(second.manifest).toEqual(first.manifest);
  });

  test('may be deleted, in part or as a whole', async () => {
    const first = await shop.build(lines);
    for (const part of ['store/blobs', 'records', 'contexts', '']) {
      rmSync(join(shop.cache, part), { recursive: true, force: true });
      const again = await shop.rebuild();

      expect(onlyPart(again).manifest).toEqual(onlyPart(first).manifest);
      await checkWhole(again, again);
    }
  });

  test('records that are damaged or cut off are as if they were not there', async () => {
    const first = await shop.build(lines);
    for (const name of filesOf(join(shop.cache, 'records'))) {
      const file = join(shop.cache, 'records', name);
      const text = readFileSync(file, 'utf8');
      writeFileSync(
        file,
        name.charCodeAt(name.length - 1) % 2 === 0 ? text.slice(0, -3) : text.replace('sha256', 'sha265'),
      );
    }

    const again = await shop.rebuild();

    expect(onlyPart(again)).toMatchObject({ manifest: onlyPart(first).manifest, steps: { cached: 0 } });
  });

  test('a layer that is cut off on the disk is made again', async () => {
    const first = await shop.build(lines);
    const { descriptor } = onlyPart(first).layers[0] ?? {};
    writeFileSync(join(shop.cache, 'store/blobs', (descriptor?.digest ?? '').replace(':', '/')), 'short');

    const again = await shop.rebuild();

    expect(onlyPart(again).manifest).toEqual(onlyPart(first).manifest);
    expect(onlyPart(again).layers.map(({ cached }) => cached)).toEqual([false, true]);
  });

  test('leaves nothing half written, and no lease', async () => {
    await shop.build(lines);

    expect(filesOf(shop.cache).filter((name) => /partial|\.tmp-|leases/.test(name))).toEqual([]);
  });

  test('listCache tells what it holds, and pruneCache takes the least recently used first', async () => {
    await shop.build(lines);
    const entries = listCache(shop.cache);
    const layer = entries.filter(({ kind }) => kind === 'content')[0];
    utimesSync(join(shop.cache, layer?.path ?? ''), 1_000, 1_000);
    const totalBytes = entries.reduce((sum, entry) => sum + entry.sizeBytes, 0);

    const outcome = await pruneCache(shop.cache, { keepBytes: totalBytes - 1, now: new Date() });

    expect(entries.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['content', 'records']));
    expect(outcome.removed.map(({ path }) => path)).toEqual([layer?.path]);
    expect(outcome.freedBytes + outcome.keptBytes).toBe(totalBytes);
    expect((await shop.rebuild()).faults).toEqual([]);
  });

  test('pruneCache takes what is too old, and everything where asked', async () => {
    await shop.build(lines);
    const later = new Date(Date.now() + 10 * 60_000);

    expect((await pruneCache(shop.cache, { olderThanMs: 60 * 60_000, now: later })).removed).toEqual([]);
    expect((await pruneCache(shop.cache, { olderThanMs: 60_000, now: later })).keptBytes).toBe(0);
    await shop.rebuild();
    expect((await pruneCache(shop.cache, { all: true, now: new Date() })).keptBytes).toBe(0);
    expect(listCache(shop.cache)).toEqual([]);
    expect(listCache(join(shop.folder, 'nowhere'))).toEqual([]);
  });

  test('cacheFile keeps facts of others beside the layers', () => {
    const facts = cacheFile(shop.cache, fakeHost(), { kind: 'layer-facts', key: 'sha256:abc' });

    expect(facts.read()).toBeUndefined();
    facts.write({ programs: 3 });

    expect(cacheFile(shop.cache, fakeHost(), { kind: 'layer-facts', key: 'sha256:abc' }).read()).toEqual({
      programs: 3,
    });
    expect(cacheFile(shop.cache, fakeHost(), { kind: 'layer-facts', key: 'sha256:abd' }).read()).toBeUndefined();
  });
});
