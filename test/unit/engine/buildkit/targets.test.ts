import { describe, expect, test } from 'vitest';
import type { AttemptRequest, AttemptResult } from '../../../../src/engine/buildkit/attempt.ts';
import { runWithTargets } from '../../../../src/engine/buildkit/run-with-targets.ts';
import { Fault } from '../../../../src/errors/fault.ts';
import { digestOf } from '../../../../src/oci/digest.ts';
import type { Cell } from '../../../../src/plan/cell.ts';
import { builderWith, cellWith, recipeWith } from '../../../support/buildkit-cell.ts';
import { fakeHost } from '../../../support/fake-host.ts';

function cellOf(image: string, { on, ...changes }: Partial<Cell> & { readonly on?: string } = {}): Cell {
  const contexts: Readonly<Record<string, string>> = on === undefined ? {} : { base: `target:${on}`, files: '/files' };
  const { variant = '' } = changes;
  const id = [image, variant, changes.platform ?? 'linux/amd64'].filter((part) => part !== '').join('/');
  return cellWith({ ...changes, id, image, recipe: recipeWith({ contexts }) });
}

/** An engine that notes what it is to build, and makes of each cell a part that bears the cell's name. */
async function run(cells: readonly Cell[], wanted: Cell | undefined, broken = '') {
  const seen: Cell[] = [];
  function attempt({ cell }: AttemptRequest): Promise<AttemptResult> {
    seen.push(cell);
    if (cell.image === broken) {
      const fault = new Fault('BUILD_STEP_FAILED', 'Cannot build it');
      return Promise.resolve({ kind: 'failed', failure: 'transient', fault, logTail: [], command: 'docker' });
    }
    const content = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: digestOf(cell.image), size: 2 };
    const part = {
      cell: cell.id,
      platform: cell.platform,
      manifest: content,
      config: content,
      layers: [],
      sizeBytes: 2,
      durationMs: 1,
      steps: { total: 0, cached: 0 },
      engine: 'farm',
      location: cell.repository ?? 'oci:/run/content',
    };
    return Promise.resolve({ kind: 'built', part });
  }
  if (wanted === undefined) throw new Error('no such cell');
  const builder = builderWith();
  const result = await runWithTargets(attempt, cells)(
    {
      cell: wanted,
      placement: { builder: builder.name, route: wanted.route },
      builder,
      number: 1,
      signal: new AbortController().signal,
      onActivity: () => undefined,
    },
    {
      host: fakeHost(),
      runFolder: '/run',
      cacheDirectory: '/cache',
      openImage: () => Promise.resolve(undefined),
      builders: [builder],
      onResult: () => undefined,
    },
  );
  return { result, seen };
}

describe('runWithTargets', () => {
  test('builds what a cell stands on first, and hands it over by digest', async () => {
    const cells = [
      cellOf('app', { on: 'middle' }),
      cellOf('middle', { on: 'base', repository: 'r.example/middle' }),
      cellOf('base'),
      cellOf('base', { platform: 'linux/arm64' }),
    ];

    const { seen, result } = await run(cells, cells[0]);

    expect(result).toMatchObject({ kind: 'built', part: { cell: 'app/linux/amd64' } });
    expect(seen.map(({ image, recipe }) => [image, recipe.contexts])).toEqual([
      ['base', {}],
      ['middle', { base: `oci-layout:///run/content@${digestOf('base')}`, files: '/files' }],
      ['app', { base: `docker-image://r.example/middle@${digestOf('middle')}`, files: '/files' }],
    ]);
    expect(new Set(seen.map(({ id }) => id)).size).toBe(3);
  });

  test('takes the same variant, else the one without', async () => {
    const cells = [cellOf('base'), cellOf('base', { variant: 'slim' })];

    const slim = await run(cells, cellOf('app', { on: 'base', variant: 'slim' }));
    const other = await run(cells, cellOf('app', { on: 'base', variant: 'fat' }));

    expect([slim.seen[0]?.variant, other.seen[0]?.variant]).toEqual(['slim', '']);
  });

  test('leaves a cell that stands on nothing as it is', async () => {
    const cell = cellOf('app');

    expect((await run([cell], cell)).seen).toEqual([cell]);
  });

  test('fails as what it stands on fails', async () => {
    const cells = [cellOf('app', { on: 'base' }), cellOf('base')];

    const { result, seen } = await run(cells, cells[0], 'base');

    expect(result).toMatchObject({ kind: 'failed', failure: 'transient', fault: { code: 'BUILD_STEP_FAILED' } });
    expect(seen.map(({ image }) => image)).toEqual(['base']);
  });

  test.each<[string, readonly Cell[]]>([
    ['is not in this build', [cellOf('app', { on: 'base' })]],
    ['is not there for the platform', [cellOf('app', { on: 'base' }), cellOf('base', { platform: 'linux/arm64' })]],
    ['is the cell itself', [cellOf('app', { on: 'app' })]],
    ['stands on the cell', [cellOf('app', { on: 'base' }), cellOf('base', { on: 'app' })]],
  ])('refuses what %s', async (_, cells) => {
    const { result, seen } = await run(cells, cells[0]);

    expect(result).toMatchObject({ kind: 'failed', failure: 'permanent', fault: { code: 'CONTEXT_UNKNOWN' } });
    expect(seen).toEqual([]);
  });
});
