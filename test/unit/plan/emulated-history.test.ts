import { describe, expect, test } from 'vitest';
import { planOf } from '../../support/plan-facts.ts';
import { builderOf } from '../../support/sample-fleet.ts';

describe('what emulated builds took', () => {
  const engine = { name: 'buildkit', reason: 'for a test' } as const;
  const dockerfiles = { '/project/Dockerfile': 'FROM scratch\nRUN make\n' };
  const [node] = builderOf('x').nodes;
  const nodes = node === undefined ? [] : [{ ...node, native: ['linux/amd64'], emulated: ['linux/arm64'] }];
  const native = builderOf('native');
  const builders = [builderOf('emulating', { nodes }), native];
  const yaml = 'images: {app: {platforms: [linux/arm64]}}\n';

  function cellWith(history: { readonly durationsMs: readonly number[]; readonly emulatedMs?: readonly number[] }) {
    return planOf(yaml, {}, { engine, dockerfiles, builders, history: { 'app/linux/arm64': history } }).cells[0];
  }

  test('assemblePlan keeps the longest of them, and the estimate of an emulated alternative', () => {
    expect(cellWith({ durationsMs: [5000], emulatedMs: [90_000, 120_000, 60_000] })).toMatchObject({
      builder: 'native',
      estimateMs: 5000,
      longestEmulatedMs: 120_000,
      alternatives: [{ builder: 'emulating', route: { kind: 'emulated' }, estimateMs: 90_000 }],
    });
  });

  test('assemblePlan keeps none where there were none', () => {
    const cell = cellWith({ durationsMs: [5000] });

    expect(cell).not.toHaveProperty('longestEmulatedMs');
    expect(cell?.alternatives?.[0]).not.toHaveProperty('estimateMs');
  });
});
