import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TarEntry } from '../../../src/archive/tar-entry.ts';
import { packTar, type TarInput } from '../../../src/archive/tar-writer.ts';
import { decodeBuiltLayer, encodeBuiltLayer } from '../../../src/engine/embedded/built-layer.ts';
import { boundCache } from '../../../src/engine/embedded/cache-bound.ts';
import { oldestLeaseMs, takeLease } from '../../../src/engine/embedded/cache-lease.ts';
import { listCache } from '../../../src/engine/embedded/cache-prune.ts';
import { CacheRecords } from '../../../src/engine/embedded/cache-records.ts';
import { Semaphore } from '../../../src/engine/embedded/semaphore.ts';
import { StepProgress } from '../../../src/engine/embedded/step-progress.ts';
import { decodeIndex, encodeIndex, indexTar } from '../../../src/engine/embedded/tar-index.ts';
import type { RunEvent } from '../../../src/host/event.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import { fakeHost } from '../../support/fake-host.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'polyarch-cache-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('CacheRecords', () => {
  test('reads what was written under the same kind and key, and nothing else', () => {
    const records = new CacheRecords({ root: folder, now: () => new Date() });
    records.write('steps', 'k', { a: [1, 'ü'] });

    expect(records.read('steps', 'k')).toEqual({ a: [1, 'ü'] });
    expect([records.read('steps', 'other'), records.read('layers', 'k')]).toEqual([undefined, undefined]);
  });

  test('removes a record that is damaged', () => {
    const records = new CacheRecords({ root: folder, now: () => new Date() });
    records.write('steps', 'k', { a: 1 });
    const [name = ''] = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
      /[0-9a-f]{60}/.test(path),
    );
    writeFileSync(join(folder, name), 'damaged');

    expect(records.read('steps', 'k')).toBeUndefined();
    expect(listCache(folder)).toEqual([]);
  });

  test('says when a record was used', () => {
    const records = new CacheRecords({ root: folder, now: () => new Date('2031-01-01') });
    records.write('steps', 'k', {});
    records.read('steps', 'k');

    expect(listCache(folder)).toMatchObject([{ kind: 'records', lastUsed: new Date('2031-01-01') }]);
  });

  test('BuiltLayer survives a record; anything else is none', () => {
    const layer = { descriptor: { mediaType: 'm', digest: digestOf('a'), size: 3 }, diffId: digestOf('b') };

    expect(decodeBuiltLayer(JSON.parse(JSON.stringify(encodeBuiltLayer(layer))))).toEqual(layer);
    for (const value of [
      undefined,
      null,
      [],
      {},
      { ...encodeBuiltLayer(layer), digest: 'x' },
      { ...encodeBuiltLayer(layer), size: '3' },
    ]) {
      expect(decodeBuiltLayer(value)).toBeUndefined();
    }
  });
});

describe('leases', () => {
  test('tell when the oldest running build began, until it ends', async () => {
    expect(await oldestLeaseMs(folder, Date.now())).toBeUndefined();
    const lease = await takeLease(folder);

    expect(await oldestLeaseMs(folder, Date.now())).toBeCloseTo(Number(lease.takenNs) / 1e6, 0);
    lease.release();
    expect(await oldestLeaseMs(folder, Date.now())).toBeUndefined();
  });

  test('of processes that are gone count no more, of other machines only for a day', async () => {
    mkdirSync(join(folder, 'leases'));
    const { release } = await takeLease(folder);
    const [own = ''] = readdirSync(join(folder, 'leases'));
    release();
    writeFileSync(join(folder, 'leases', own.replace(/^(\d+)\.\d+\./, '$1.4194304.')), '');
    expect(await oldestLeaseMs(folder, Date.now())).toBeUndefined();
    expect(readdirSync(join(folder, 'leases'))).toEqual([]);

    writeFileSync(join(folder, 'leases/1.7.8.elsewhere'), '');
    expect(await oldestLeaseMs(folder, Date.now())).toBeDefined();
    expect(await oldestLeaseMs(folder, Date.now() + 25 * 60 * 60 * 1000)).toBeUndefined();
  });
});

test('boundCache keeps to the bytes it is told, and looks once a day', async () => {
  mkdirSync(join(folder, 'spools'));
  for (const [name, seconds] of [
    ['old', 1],
    ['new', 2],
  ] as const) {
    writeFileSync(join(folder, 'spools', name), 'x'.repeat(100));
    utimesSync(join(folder, 'spools', name), seconds, seconds);
  }
  const host = fakeHost({ env: { POLYARCH_CACHE_BYTES: '150' }, clock: 'real' });

  await boundCache(folder, host);
  expect(readdirSync(join(folder, 'spools'))).toEqual(['new']);

  writeFileSync(join(folder, 'spools/another'), 'x'.repeat(100));
  await boundCache(folder, host);
  expect(readdirSync(join(folder, 'spools'))).toHaveLength(2);
});

describe('indexTar', () => {
  const entryArbitrary = fc.record({
    path: fc.stringMatching(/^[a-zü][a-z0-9.ü]{0,12}$/),
    text: fc.string({ maxLength: 40 }),
    mode: fc.integer({ min: 0, max: 0o7777 }),
    uid: fc.integer({ min: 0, max: 2 ** 31 }),
    seconds: fc.integer({ min: 0, max: 2 ** 33 }),
    type: fc.constantFrom('file', 'directory', 'symlink', 'hardlink', 'fifo', 'character-device'),
    capability: fc.option(fc.uint8Array({ minLength: 1, maxLength: 20 }), { nil: undefined }),
  });

  test('finds every entry with digest and place of its content, and survives a record', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(entryArbitrary, { maxLength: 8 }), async (rows) => {
        const inputs = rows.map(inputOf);
        const kept: Uint8Array[] = [];
        const index = await indexTar(packTar(inputs), {
          file: 't',
          signal: new AbortController().signal,
          keep: (chunk) => Promise.resolve(void kept.push(Uint8Array.from(chunk))),
        });
        const contents = Buffer.concat(kept);

        expect(index.contentBytes).toBe(contents.length);
        for (const { entry, digest, offset } of index.entries) {
          const expected =
            entry.type === 'file' ? digestOf(contents.subarray(offset, offset + entry.sizeBytes)) : undefined;
          expect(digest).toBe(expected);
        }
        const again = decodeIndex(JSON.parse(JSON.stringify(encodeIndex(index))));
        expect(again?.entries.map(comparable)).toEqual(index.entries.map(comparable));
      }),
      { numRuns: 60 },
    );
  });

  test.each([
    undefined,
    {},
    { version: 2, entries: [] },
    { version: 1, entries: [['a']] },
    { version: 1, entries: 'x' },
  ])('a record of %j is none', (value) => {
    expect(decodeIndex(value)).toBeUndefined();
  });

  function inputOf({
    path,
    text,
    mode,
    uid,
    seconds,
    type,
    capability,
  }: {
    readonly path: string;
    readonly text: string;
    readonly mode: number;
    readonly uid: number;
    readonly seconds: number;
    readonly type: string;
    readonly capability: Uint8Array | undefined;
  }): TarInput {
    const content = Buffer.from(type === 'file' ? text : '');
    const entry: TarEntry = {
      path,
      type: type as TarEntry['type'],
      mode,
      uid,
      gid: 3,
      sizeBytes: content.length,
      modified: { seconds, nanoseconds: 0 },
      ...(type === 'symlink' || type === 'hardlink' ? { linkTarget: 'target' } : {}),
      ...(type === 'character-device' ? { deviceMajor: 1, deviceMinor: 3 } : {}),
      ...(capability === undefined ? {} : { xattrs: new Map([['security.capability', capability]]) }),
    };
    return content.length === 0 ? { entry } : { entry, content };
  }

  function comparable({
    entry,
    digest,
    offset,
  }: {
    readonly entry: TarEntry;
    readonly digest?: string;
    readonly offset: number;
  }): unknown {
    const { xattrs, userName: _, groupName: __, paxRecords: ___, ...rest } = entry;
    return { rest, digest, offset, capability: Buffer.from(xattrs?.get('security.capability') ?? []).toString('hex') };
  }
});

describe('StepProgress', () => {
  test('tells of one task for all that take the same step, done where one of them worked', () => {
    const events: RunEvent[] = [];
    const progress = new StepProgress((event) => events.push(event));
    const one = progress.begin('s', 'COPY a');
    const two = progress.begin('s', 'COPY a');
    one.progress(5, 10);
    one.end('done');
    two.end('cached');
    progress.begin('s', 'COPY a').end('cached');
    progress.begin('t', 'COPY b').end('failed');

    expect(events.map((event) => `${event.kind} ${'outcome' in event ? event.outcome : ''}`)).toEqual([
      'task-started ',
      'task-progressed ',
      'task-ended done',
      'task-started ',
      'task-ended failed',
    ]);
  });
});

test('Semaphore lets so many in at once, in the order they came, and survives one that fails', async () => {
  const semaphore = new Semaphore(2);
  const order: string[] = [];
  let inside = 0;
  let most = 0;
  async function work(name: string): Promise<void> {
    most = Math.max(most, ++inside);
    order.push(name);
    await new Promise((resolve) => setImmediate(resolve));
    inside -= 1;
    if (name === 'b') throw new Error('b failed');
  }

  const outcomes = await Promise.allSettled(['a', 'b', 'c', 'd'].map((name) => semaphore.run(() => work(name))));

  expect(order).toEqual(['a', 'b', 'c', 'd']);
  expect(most).toBe(2);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
});
