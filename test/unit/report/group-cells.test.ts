import { describe, expect, test } from 'vitest';
import { groupUnbuilt } from '../../../src/report/group-cells.ts';
import type { SummaryCell } from '../../../src/report/summary.ts';

function failed(id: string, message: string): SummaryCell {
  const problem = { code: 'BUILDERS_LOST', exitCode: 5, message, hint: '', where: {} };
  return {
    id,
    release: 'app',
    platform: id,
    route: 'native',
    routeReason: '',
    optional: false,
    state: 'failed',
    problem,
  };
}

describe('groupUnbuilt', () => {
  test('cells that failed for one reason are told once, although each message names its own', () => {
    const ids = ['app/linux/amd64', 'app/linux/arm64', 'app/linux/s390x', 'app/linux/ppc64le'];
    const cells = ids.map((id) => failed(id, `Cannot build "${id}": "farm" is lost`));

    expect(groupUnbuilt(cells).map(({ names }) => names)).toEqual(['app/linux/amd64, app/linux/arm64 and 2 more']);
  });

  test('another reason stands apart', () => {
    const cells = [failed('a', 'Cannot build "a": "farm" is lost'), failed('b', 'Cannot build "b": its disk is full')];

    expect(groupUnbuilt(cells).map(({ names }) => names)).toEqual(['a', 'b']);
  });
});
