import { describe, expect, test } from 'vitest';
import type { CellRecord } from '../../../src/plan/cell-record.ts';
import { cellSlug, cellSlugs } from '../../../src/plan/cell-slug.ts';
import { decodeCellRecord } from '../../../src/plan/decode-cell-record.ts';
import { isPartTag, partTag } from '../../../src/plan/part-tag.ts';
import { changeJson, type JsonPath } from '../../support/change-json.ts';
import { partRecord } from '../../support/part-record.ts';

function decoded(record: unknown): CellRecord {
  return decodeCellRecord(Buffer.from(JSON.stringify(record)));
}

describe('decodeCellRecord', () => {
  test('gives the record that was written, in every state', () => {
    const built = partRecord();
    const { part } = built.outcome as Extract<CellRecord['outcome'], { state: 'built' }>; // partRecord is of a built one
    const problem = {
      code: 'BUILD_FAILED',
      exitCode: 1,
      message: 'Cannot build',
      hint: 'Look',
      where: { line: 3, file: 'Dockerfile' },
    };
    const attempt = {
      builder: 'a',
      route: 'native',
      startedAt: '2026-01-01T00:00:00.000Z',
      durationMs: 5,
      problem,
    } as const;
    const { cell } = built;
    const outcomes: readonly CellRecord['outcome'][] = [
      { cell, state: 'built', part, attempts: [attempt] },
      { cell, state: 'reused', part, reason: 'same' },
      { cell, state: 'carried', part, reason: 'old', problem },
      { cell, state: 'failed', problem, attempts: [attempt], command: 'docker buildx build .' },
      { cell, state: 'skipped', reason: 'not begun' },
    ];

    for (const outcome of outcomes) expect(decoded({ ...built, outcome })).toEqual({ ...built, outcome });
  });

  test.each<readonly [string, JsonPath, unknown, string]>([
    ['another cell in the outcome', ['outcome', 'cell'], 'other', 'outcome.cell is "other"'],
    ['another cell in the part', ['outcome', 'part', 'cell'], 'other', 'outcome.part.cell is "other"'],
    ['another platform', ['outcome', 'part', 'platform'], 'linux/s390x', 'outcome.part.platform is "linux/s390x"'],
    ['a digest that is none', ['outcome', 'part', 'manifest', 'digest'], 'sha256:abc', '.digest is "sha256:abc"'],
    ['a part without a size', ['outcome', 'part', 'manifest', 'size'], undefined, '.manifest.size is missing'],
    ['inputs that are no digest', ['inputs'], 'same', '$.inputs is "same"'],
    ['a state of its own', ['outcome', 'state'], 'fine', '.state is "fine"'],
    ['another kind', ['kind'], 'polyarch/plan', '$.kind is "polyarch/plan"'],
    ['no time', ['finishedAt'], 'yesterday', '$.finishedAt is "yesterday", expected a time'],
  ])('refuses %s', (_name, path, value, message) => {
    const record: unknown = JSON.parse(JSON.stringify(partRecord()));
    expect(decoded(record).cell).toBe('app/linux/arm64');

    expect(() => decoded(changeJson(record, path, value))).toThrow(message);
  });
});

describe('cellSlug', () => {
  test('keeps what file names take and replaces the rest', () => {
    expect(cellSlug('app/python/linux/arm/v7')).toBe('app-python-linux-arm-v7');
    expect(cellSlug('App_1.2/linux/amd64')).toBe('app_1.2-linux-amd64');
  });

  test('cellSlugs tells cells apart that come down to one', () => {
    const slugs = cellSlugs([{ id: 'a/b/linux/amd64' }, { id: 'a-b/linux/amd64' }, { id: 'A/b/linux/amd64' }]);

    expect([...slugs.values()]).toEqual(['a-b-linux-amd64', 'a-b-linux-amd64-2', 'a-b-linux-amd64-3']);
  });
});

describe('partTag', () => {
  const inputs = `sha256:${'a'.repeat(64)}` as const;

  test('is a tag of its own for every cell and every input', () => {
    const tags = [partTag('a', inputs), partTag('b', inputs), partTag('a', `sha256:${'b'.repeat(64)}`)];

    expect(new Set(tags).size).toBe(3);
    expect(tags.every(isPartTag)).toBe(true);
    expect(partTag('a', inputs)).toBe(tags[0]);
  });

  test.each(['latest', 'polyarch-1', `sha256-${'a'.repeat(64)}`])('isPartTag is not fooled by %s', (tag) => {
    expect(isPartTag(tag)).toBe(false);
  });
});
