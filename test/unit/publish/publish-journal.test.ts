import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PublishJournal, readPublishRecord } from '../../../src/publish/publish-journal.ts';
import { decodePublishRecord, type PublishRecord, type RecordedPlace } from '../../../src/publish/publish-record.ts';
import { fakeHost } from '../../support/fake-host.ts';
import { sampleImage } from '../../support/sample-image.ts';

const [one, two] = [sampleImage(10, 'one').index.descriptor, sampleImage(10, 'two').index.descriptor];
const move = { tag: 'latest', to: one };
const place: RecordedPlace = {
  release: 'app',
  repository: 'ghcr.io/acme/app',
  required: true,
  index: one,
  order: { version: '1.2.3', runNumber: 7 },
  moves: [move, { tag: '1.2.3', to: one, immutable: true }],
};
const record: PublishRecord = { version: 1, kind: 'polyarch/publish', runId: 'run', state: 'moving', places: [place] };

describe('PublishJournal', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'polyarch-journal-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('is on the disk, with what the tag pointed at, before the tag moves', async () => {
    const journal = new PublishJournal(record, { host: fakeHost(), folder });

    const before = await readPublishRecord(folder);
    await journal.expect(place, 'latest', two);
    const kept = await readPublishRecord(folder);

    expect(before).toBeUndefined();
    expect(kept).toEqual({
      ...record,
      places: [{ ...place, moves: [{ ...move, from: two, begun: true }, place.moves[1]] }],
    });
    expect(readdirSync(folder)).toEqual(['publish.json']);
  });

  test('tells the newest of what a tag pointed at, and that it pointed at nothing', async () => {
    const journal = new PublishJournal(record, { host: fakeHost(), folder });

    await journal.expect(place, 'latest', two);
    await journal.expect(place, 'latest', undefined);

    expect((await readPublishRecord(folder))?.places[0]?.moves[0]).toEqual({ ...move, begun: true });
  });

  test('tells how it ended, where anything was begun', async () => {
    const untouched = new PublishJournal(record, { host: fakeHost(), folder });
    await untouched.end('published');
    expect(existsSync(join(folder, 'publish.json'))).toBe(false);

    const journal = new PublishJournal(record, { host: fakeHost(), folder });
    await journal.expect(place, 'latest', two);
    await journal.end('rolled-back');

    expect(await readPublishRecord(folder)).toMatchObject({ state: 'rolled-back' });
  });

  test.each([
    ['{', 'not JSON'],
    [JSON.stringify({ ...record, version: 2 }), 'of a later version'],
    [JSON.stringify({ ...record, state: 'odd' }), 'in no known state'],
    [JSON.stringify({ ...record, places: [{ ...place, moves: [{ tag: 'a' }] }] }), 'without a target'],
  ])('is refused where it is %s (%s)', async (text) => {
    writeFileSync(join(folder, 'publish.json'), text);

    await expect(readPublishRecord(folder)).rejects.toMatchObject({
      code: 'PUBLISH_RECORD_MALFORMED',
      where: { file: join(folder, 'publish.json') },
    });
  });
});

describe('decodePublishRecord', () => {
  test('reads what was written', () => {
    const places = fc.array(
      fc.record({
        release: fc.string(),
        repository: fc.string(),
        required: fc.boolean(),
        index: fc.constantFrom(one, two),
        order: fc.record({ version: fc.string(), runNumber: fc.nat() }, { requiredKeys: [] }),
        moves: fc.array(
          fc.record(
            { tag: fc.string(), to: fc.constantFrom(one, two), from: fc.constantFrom(one, two), begun: fc.boolean() },
            { requiredKeys: ['tag', 'to'] },
          ),
        ),
      }),
    );
    fc.assert(
      fc.property(places, (given) => {
        const written = { ...record, places: given };
        expect(decodePublishRecord(Buffer.from(JSON.stringify(written)), 'file')).toEqual(written);
      }),
      { numRuns: 100 },
    );
  });
});
