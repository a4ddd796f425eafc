import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Summary } from '../../src/report/summary.ts';
import { valueAt } from '../support/run-program.ts';
import { pushShellImage } from './support/busybox-image.ts';
import { useWorkbench } from './support/workbench.ts';

const variants = ['a', 'b', 'c'];
const rounds = 10;
const seed = 20_26;

/** Numbers from 0 to 1 that look random, the same ones every time. https://en.wikipedia.org/wiki/Linear_congruential_generator */
function* randomly(): Generator<number, never, undefined> {
  for (let state = seed; ; ) {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    yield state / 2 ** 32;
  }
}

describe('a build that is killed with -9 at any moment', () => {
  const workbench = useWorkbench();
  const repository = `${workbench.repositories}/app`;
  let base: string;
  let builder: string;

  beforeAll(async () => {
    base = `${workbench.repositories}/shell:1`;
    await pushShellImage(workbench, { reference: base, language: 'none' });
    builder = await workbench.builder();
  });

  /** A project of three cells that nothing was ever built of. */
  function project(round: number): string {
    const list = variants.map((name) => `${name}: {args: {NAME: ${name}}}`).join(', ');
    return workbench.files(`round${round}`, {
      Dockerfile: [
        `FROM ${base}`,
        'ARG NAME ROUND',
        'RUN echo "one $NAME $ROUND" > /one',
        'RUN echo "two $NAME $ROUND" > /two && sleep 0.2',
        'ENV MADE="$NAME of $ROUND"',
        '',
      ].join('\n'),
      'polyarch.yaml': [
        `image: ${repository}`,
        'platforms: [linux/amd64]',
        `tags: ["type=raw,value=${round}"]`,
        `args: {ROUND: "${round}"}`,
        `variants: {${list}}`,
        `builders: [{name: ${builder}, slots: 2}]`,
        '',
      ].join('\n'),
    });
  }

  /** Builds until so many events were told, and tells how many there were. */
  async function buildUntil(folder: string, lastLine: number): Promise<{ lines: number; isKilled: boolean }> {
    const { child, ended } = workbench.startPolyarch(['build', folder, '--push', '--progress', 'rawjson']);
    let lines = 0;
    if (child.stderr === null) throw new Error('there is no progress to be read');
    createInterface({ input: child.stderr }).on('line', () => {
      lines += 1;
      if (lines === lastLine) child.kill('SIGKILL');
    });
    await ended;
    return { lines, isKilled: child.signalCode === 'SIGKILL' };
  }

  /** The cells whose parts are kept; a record that is not whole is a fault. */
  function keptCells(folder: string): readonly string[] {
    const runs = join(folder, '.polyarch/runs');
    if (!existsSync(runs)) return [];
    return readdirSync(runs, { recursive: true, encoding: 'utf8' })
      .filter((name) => /parts\/[^/]+\.json$/.test(name))
      .map((name): unknown => JSON.parse(readFileSync(join(runs, name), 'utf8')))
      .filter((record) => valueAt(record, 'outcome', 'state') === 'built')
      .map((record) => String(valueAt(record, 'cell')))
      .sort();
  }

  async function resume(folder: string): Promise<Summary> {
    return JSON.parse(await workbench.polyarch(['build', folder, '--push', '--resume', '--json'])) as Summary;
  }

  async function expectPublished(round: number): Promise<void> {
    for (const name of variants) {
      const tag = `${repository}:${round}-${name}`;
      const config: unknown = JSON.parse(await workbench.run('crane', ['config', '--platform', 'linux/amd64', tag]));
      expect(valueAt(config, 'config', 'Env')).toContain(`MADE=${name} of ${round}`);
    }
  }

  test('resumes with what is missing alone, and every tag is what it should be', async () => {
    const random = randomly();
    const whole = await buildUntil(project(0), Infinity);
    await expectPublished(0);
    const counts: number[] = [];

    for (let round = 1; round <= rounds; round += 1) {
      const folder = project(round);
      const lastLine = 1 + Math.floor(random.next().value * (whole.lines - 1));
      const { isKilled } = await buildUntil(folder, lastLine);
      const kept = keptCells(folder);
      counts.push(isKilled ? kept.length : Infinity);

      const { cells, state } = await resume(folder);

      const told = `killed at line ${lastLine} of ${whole.lines}, with ${kept.length} kept`;
      expect(state, told).toBe('succeeded');
      expect(
        cells
          .filter((cell) => cell.state === 'reused')
          .map(({ id }) => id)
          .sort(),
        told,
      ).toEqual(kept);
      expect(cells.filter((cell) => cell.state === 'built' || cell.state === 'cached').length, told).toBe(
        variants.length - kept.length,
      );
      await expectPublished(round);
    }

    expect(counts.filter((count) => count < Infinity).length).toBeGreaterThanOrEqual(rounds / 2);
  });
});
