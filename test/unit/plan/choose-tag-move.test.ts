import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digestOf } from '../../../src/oci/digest.ts';
import { chooseTagMove, type TagMoveQuestion } from '../../../src/plan/choose-tag-move.ts';
import { decodeOrder, encodeOrder } from '../../../src/plan/order-annotations.ts';
import type { OrderEvidence } from '../../../src/plan/order-evidence.ts';
import { type CommitOrder, compareReleases } from '../../../src/plan/release-order.ts';

const [old, young] = [digestOf('old'), digestOf('young')];
const [commitA, commitB] = ['a'.repeat(40), 'b'.repeat(40)];

function ask(current: OrderEvidence, next: OrderEvidence, more: Partial<TagMoveQuestion> = {}) {
  return chooseTagMove({
    repository: 'ghcr.io/acme/app',
    tag: 'latest',
    current: { digest: old, order: current },
    next: { digest: young, order: next },
    isImmutable: false,
    isDowngradeAllowed: false,
    ...more,
  });
}

describe('chooseTagMove', () => {
  test('is new where the tag points at nothing', () => {
    expect(ask({}, {}, { current: undefined })).toEqual({
      repository: 'ghcr.io/acme/app',
      tag: 'latest',
      state: 'new',
      to: young,
    });
  });

  test('is unchanged where the digest is there already, even under an immutable tag', () => {
    const same = { next: { digest: old, order: {} }, isImmutable: true };

    expect(ask({ version: '2.0.0' }, {}, same)).toMatchObject({ state: 'unchanged', from: old, to: old });
  });

  test.each([
    ['1.2.3', '1.2.4', 'moved'],
    ['1.2.4', '1.2.3', 'kept-newer'],
    ['1.9.0', '1.10.0', 'moved'],
    ['1.10.0', '1.9.0', 'kept-newer'],
    ['2.0.0', '2.0.0-beta', 'kept-newer'],
    ['2.0.0-beta', '2.0.0', 'moved'],
    ['2.0.0-beta.2', '2.0.0-beta.11', 'moved'],
    ['2.0.0-rc.1', '2.0.0-beta.11', 'kept-newer'],
    ['1.2.3', '1.2.3', 'moved'],
  ])('over %s, %s is %s', (current, next, state) => {
    expect(ask({ version: current }, { version: next }).state).toBe(state);
  });

  test('says what is newer', () => {
    expect(ask({ version: '1.3.0' }, { version: '1.2.9' }).reason).toBe('1.3.0 is newer than 1.2.9');
  });

  test.each<[CommitOrder | undefined, number, string]>([
    ['older', 9, 'kept-newer'],
    ['newer', 1, 'moved'],
    ['apart', 9, 'moved'],
    ['apart', 1, 'kept-newer'],
    [undefined, 1, 'kept-newer'],
  ])('with a commit that is %s, run %s over run 5 is %s', (commitOrder, runNumber, state) => {
    const current = { commit: commitA, runNumber: 5 };

    expect(ask(current, { commit: commitB, runNumber }, { commitOrder }).state).toBe(state);
  });

  test('goes by the date of the commit where nothing else tells', () => {
    const [early, late] = [{ commitDate: '2026-01-01T00:00:00Z' }, { commitDate: '2026-01-01T02:00:00+01:00' }];

    expect(ask(early, late).state).toBe('moved');
    expect(ask(late, early).state).toBe('kept-newer');
  });

  test('goes by the run where a version is only on one side, and by the version where both have one', () => {
    expect(ask({ version: '1.0.0', runNumber: 5 }, { runNumber: 4 }).state).toBe('kept-newer');
    expect(ask({ version: '1.0.0', runNumber: 5 }, { version: '1.0.1', runNumber: 4 }).state).toBe('moved');
  });

  test('moves and says so where there is no evidence', () => {
    expect(ask({}, { version: '1.0.0' })).toMatchObject({
      state: 'moved',
      reason: 'nothing tells which of the two is newer',
    });
  });

  test('goes back where that is allowed', () => {
    const move = ask({ version: '1.3.0' }, { version: '1.2.9' }, { isDowngradeAllowed: true });

    expect(move).toMatchObject({ state: 'moved', reason: '1.3.0 is newer than 1.2.9; going back is allowed' });
  });

  test('refuses another digest under an immutable tag, whatever is allowed', () => {
    const more = { isImmutable: true, isDowngradeAllowed: true };

    expect(ask({ version: '1.2.3' }, { version: '1.2.3' }, more).state).toBe('refused');
  });

  test('refuses an immutable tag before the build unless it was built of the same commit', () => {
    const more = { isImmutable: true, next: { order: { commit: commitA } } };

    expect(ask({ commit: commitA }, {}, more).state).toBe('unchanged');
    expect(ask({ commit: commitB }, {}, more).state).toBe('refused');
    expect(ask({}, {}, more).state).toBe('refused');
  });
});

const evidence: fc.Arbitrary<OrderEvidence> = fc.record(
  {
    version: fc
      .tuple(fc.nat(9), fc.nat(9), fc.nat(9), fc.constantFrom('', '-beta', '-rc.1', '-rc.2'))
      .map(([major, minor, patch, tail]) => `${major}.${minor}.${patch}${tail}`),
    commit: fc.constantFrom(commitA, commitB),
    commitDate: fc
      .date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true })
      .map((date) => date.toISOString()),
    runNumber: fc.nat(20),
  },
  { requiredKeys: [] },
);

describe('order annotations', () => {
  test('decodeOrder reads what encodeOrder wrote', () => {
    fc.assert(
      fc.property(evidence, (order) => {
        expect(decodeOrder(encodeOrder(order))).toEqual(order);
      }),
    );
  });

  test('decodeOrder takes no text of another form', () => {
    const hostile = fc.dictionary(
      fc.constantFrom(...Object.keys(encodeOrder({ version: '', commit: '', commitDate: '', runNumber: 0 }))),
      fc.string(),
    );

    fc.assert(
      fc.property(hostile, (annotations) => {
        const order = decodeOrder(annotations);
        expect(decodeOrder(encodeOrder(order))).toEqual(order);
      }),
    );
  });

  test('decodeOrder reads the annotations of other tools where they are clear', () => {
    const version = 'org.opencontainers.image.version';
    const revision = 'org.opencontainers.image.revision';

    expect(decodeOrder({ [version]: 'v1.2.3', [revision]: commitA })).toEqual({ version: '1.2.3', commit: commitA });
    expect(decodeOrder({ [version]: '1.2.3-alpine', [revision]: commitA })).toEqual({ commit: commitA });
    expect(decodeOrder(undefined)).toEqual({});
  });
});

describe('compareReleases', () => {
  test('says the opposite when the two are swapped', () => {
    const opposite = { newer: 'older', older: 'newer', same: 'same', unknown: 'unknown' } as const;

    fc.assert(
      fc.property(evidence, evidence, (current, next) => {
        const there = compareReleases({ current, next }).order;
        const back = compareReleases({ current: next, next: current }).order;
        expect(back).toBe(opposite[there]);
      }),
    );
  });
});
