import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CacheRecords } from '../../../src/engine/embedded/cache-records.ts';
import { keptReadings } from '../../../src/engine/embedded/kept-readings.ts';
import { cacheDirectory } from '../../../src/host/user-directories.ts';
import type { Part } from '../../../src/plan/part.ts';
import { EarlyReadings } from '../../../src/run/parts/early-readings.ts';
import { openLayout } from '../../../src/store/layout-store.ts';
import { type FakeHost, fakeHost } from '../../support/fake-host.ts';
import { writePart } from '../../support/part-record.ts';

/** The end of a tar, and so a whole one that holds nothing. */
const emptyTar = '\0'.repeat(1024);

let folder: string;
let host: FakeHost;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'polyarch-early-'));
  host = fakeHost({ env: { POLYARCH_CACHE_DIR: join(folder, 'cache') } });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A part in a layout of its own. */
async function partWith(words: string): Promise<Part> {
  const layout = join(folder, 'layout');
  const store = await openLayout(layout, { host, create: true });
  return { ...(await writePart(store, { words })), location: `oci:${layout}` };
}

/** What is kept of the layers of a part, where a proof looks. */
function keptOf({ layers }: Part) {
  const kept = keptReadings(new CacheRecords({ root: cacheDirectory(host), now: () => new Date() }));
  return layers.map(({ descriptor }) => kept.read(descriptor));
}

async function readEarly(parts: readonly Part[]): Promise<void> {
  const early = new EarlyReadings(host);
  for (const part of parts) early.begin(part);
  await early.settled();
}

describe('EarlyReadings', () => {
  test('looks into the layers of a part, and keeps what it found where the proof looks', async () => {
    const part = await partWith(emptyTar);

    await readEarly([part, part]);

    expect(keptOf(part)).toEqual([{ diffId: part.layers[0]?.diffId, facts: [] }]);
  });

  test('leaves what cannot be read to the proof, and goes on with the next', async () => {
    const [broken, good] = [await partWith('no tar'), await partWith(emptyTar)];

    await readEarly([broken, { ...good, location: 'oci:/nowhere' }, broken]);
    await readEarly([broken, good]);

    expect([keptOf(broken), keptOf(good)]).toEqual([[undefined], [expect.objectContaining({ facts: [] })]]);
  });

  test('leaves a part in the store of the engine alone, which was looked into while it was made', async () => {
    const { location: _, ...part } = await partWith(emptyTar);

    await readEarly([part]);

    expect(keptOf(part)).toEqual([undefined]);
  });
});
