import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import type { Summary } from '../../src/report/summary.ts';
import { pushShellImage } from './support/busybox-image.ts';
import { type FleetNode, startFleetNode } from './support/second-node.ts';
import { type ProgramEnd, useWorkbench } from './support/workbench.ts';

/** From the command line to the tags, with a machine that really goes. */
describe('one of two nodes that is killed in the middle of a build', () => {
  const workbench = useWorkbench();
  let second: FleetNode;
  let dockerfile: string;

  beforeAll(async () => {
    second = await startFleetNode(workbench, 'second');
    const reference = `${workbench.repositories}/shell:1`;
    await pushShellImage(workbench, { reference, language: 'none' });
    const create = ['buildx', 'create', '--driver', 'remote'];
    await workbench.run('docker', [...create, '--name', 'n1', inject('buildkitAddress')]);
    await workbench.run('docker', [...create, '--name', 'n2', second.address]);
    dockerfile = `FROM ${reference}\nARG NAME\nRUN echo "begun $NAME" && sleep 4 && uname -m > /machine\n`;
  });

  /** Two variants for two platforms; `first` is what the first node may build. */
  function project(name: string, first: string): string {
    return workbench.files(name, {
      Dockerfile: dockerfile,
      'polyarch.yaml': [
        `image: ${workbench.repositories}/${name}`,
        'platforms: [linux/amd64, linux/arm64]',
        'emulation: allow',
        'retries: 1',
        'tags: ["type=raw,value=1"]',
        'variants: {one: {args: {NAME: one}}, two: {args: {NAME: two}}}',
        'builders:',
        `  - {name: n1, slots: 2, platforms: [${first}]}`,
        '  - {name: n2, slots: 2, platforms: [linux/arm64]}',
        '',
      ].join('\n'),
    });
  }

  /** Builds, and kills the second node once a cell has begun there. */
  async function buildAndKill(folder: string): Promise<ProgramEnd> {
    const { ended } = workbench.startPolyarch(['build', folder, '--push', '--json']);
    let kill: Promise<void> | undefined;
    const watch = setInterval(() => {
      if (kill === undefined && hasBegun(folder)) kill = second.kill();
    }, 50);
    const end = await ended;
    clearInterval(watch);
    await kill;
    expect(kill, end.stdout).toBeDefined();
    return end;
  }

  function hasBegun(folder: string): boolean {
    const runs = join(folder, '.polyarch/runs');
    if (!existsSync(runs)) return false;
    return readdirSync(runs, { recursive: true, encoding: 'utf8' })
      .filter((name) => /logs\/.*\.log$/.test(name))
      .map((name) => readFileSync(join(runs, name), 'utf8'))
      .some((log) => log.includes('on "n2"') && /^#\d+ begun/m.test(log));
  }

  function statesOf({ cells }: Summary) {
    return Object.fromEntries(cells.map(({ id, state }) => [id, state]));
  }

  function digestsOf({ cells }: Summary): readonly string[] {
    return cells.flatMap(({ digest }) => digest ?? []);
  }

  async function tagsOf(name: string): Promise<readonly string[]> {
    const { stdout } = await workbench.attempt('crane', ['ls', `${workbench.repositories}/${name}`]);
    return stdout
      .split('\n')
      .filter((tag) => tag !== '' && !tag.startsWith('polyarch-'))
      .sort();
  }

  test('ends well where the other node qualifies', async () => {
    const folder = project('moved', 'linux/amd64, linux/arm64');

    const { code, stdout } = await buildAndKill(folder);
    await second.comeBack();

    expect(code, stdout).toBe(0);
    const { cells } = JSON.parse(stdout) as Summary;
    const moved = cells.filter(({ attempts = [] }) => attempts.some(({ builder }) => builder === 'n2'));
    expect(moved.length).toBeGreaterThan(0);
    for (const { attempts } of moved) expect(attempts?.[0]?.code).toBe('BUILDER_LOST');
    expect(cells.map(({ state, builder }) => [state, builder])).toEqual(cells.map(() => ['built', 'n1']));
    expect(await tagsOf('moved')).toEqual(['1-one', '1-two']);
    for (const tag of ['1-one', '1-two'])
      await workbench.run('crane', ['validate', '--remote', `${workbench.repositories}/moved:${tag}`]);
  });

  test('is a clear failure where it does not, keeps what is finished, and resumes with the rest alone', async () => {
    const folder = project('kept', 'linux/amd64');

    const { code, stdout } = await buildAndKill(folder);

    expect(code, stdout).not.toBe(0);
    const failed = JSON.parse(stdout) as Summary;
    expect(statesOf(failed)).toEqual({
      'kept/one/linux/amd64': 'built',
      'kept/one/linux/arm64': 'failed',
      'kept/two/linux/amd64': 'built',
      'kept/two/linux/arm64': 'failed',
    });
    const problems = failed.cells.flatMap(({ problem }) => problem ?? []);
    expect(problems.map((problem) => problem.code)).toEqual(['BUILDERS_LOST', 'BUILDERS_LOST']);
    expect(problems[0]?.message).toContain('"n2" is lost, and no other builder qualifies');
    expect(await tagsOf('kept')).toEqual([]);

    await second.comeBack();
    const resumed = JSON.parse(await workbench.polyarch(['build', folder, '--push', '--resume', '--json'])) as Summary;

    expect(statesOf(resumed)).toEqual({
      'kept/one/linux/amd64': 'reused',
      'kept/one/linux/arm64': 'built',
      'kept/two/linux/amd64': 'reused',
      'kept/two/linux/arm64': 'built',
    });
    expect(digestsOf(resumed)).toEqual(expect.arrayContaining([...digestsOf(failed)]));
    expect(await tagsOf('kept')).toEqual(['1-one', '1-two']);
    for (const tag of ['1-one', '1-two'])
      await workbench.run('crane', ['validate', '--remote', `${workbench.repositories}/kept:${tag}`]);
  });
});
