import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type RunningRegistry, startRegistry } from '../../../src/server/start-registry.ts';
import { fakeHost } from '../../support/fake-host.ts';
import { openWorkspace, valueAt, type Workspace } from '../../support/run-program.ts';

function config(repository: string): string {
  return `
image: ${repository}
platforms:
  - linux/amd64
  - linux/arm64
  - {platform: linux/riscv64, optional: true}
prepare: cp source.txt made.txt
tags: ["type=raw,value=1"]
ci: {runners: {linux/arm64: [self-hosted, arm]}}
`;
}

describe('a run that is cut into jobs', () => {
  let registry: RunningRegistry | undefined;
  let workspace: Workspace = openWorkspace();
  let repository = '';
  let count = 0;
  beforeAll(async () => {
    registry = await startRegistry({ host: fakeHost(), memory: true });
  });
  afterAll(() => registry?.close());
  beforeEach(() => {
    workspace.remove();
    workspace = openWorkspace({ Dockerfile: 'FROM scratch\nCOPY made.txt /\n', 'source.txt': 'one' });
    count += 1;
    repository = `${registry?.registry ?? ''}/acme/app${count}`;
    workspace.write('polyarch.yaml', config(repository));
  });
  afterEach(() => workspace.remove());

  async function planJobs(...flags: readonly string[]) {
    const run = await workspace.run(
      ['plan', '--push', '--out', '../plan.json', '--parts', '../parts', '--matrix', ...flags],
      { env: { GITHUB_OUTPUT: join(workspace.folder, '../output') } },
    );
    expect(run).toMatchObject({ exitCode: 0 });
    const matrix: unknown = JSON.parse(run.stdout);
    return { matrix, stderr: run.stderr, output: readFileSync(join(workspace.folder, '../output'), 'utf8') };
  }

  /** One job: another checkout, another cache. */
  async function buildJob(cell: string, ...flags: readonly string[]) {
    const checkout = join(workspace.folder, '../jobs', cell.replaceAll('/', '-'));
    rmSync(checkout, { recursive: true, force: true });
    mkdirSync(join(checkout, '..'), { recursive: true });
    cpSync(workspace.folder, checkout, { recursive: true });
    const where = join('../jobs', cell.replaceAll('/', '-'));
    const from = ['--from', '../plan.json', '--cell', cell, '--parts', '../parts'];
    return workspace.run(['build', where, ...from, ...flags], {
      env: { POLYARCH_CACHE_DIR: join(checkout, '.cache') },
    });
  }

  const cells = ['linux/amd64', 'linux/arm64', 'linux/riscv64'];

  test('plans once, builds each cell elsewhere, publishes once, and plans nothing when nothing has changed', async () => {
    const name = `app${count}`;
    const { matrix, output } = await planJobs();
    expect(valueAt(matrix, 'include')).toEqual([
      { cell: `${name}/linux/amd64`, name: `${name}-linux-amd64`, platform: 'linux/amd64', runner: 'ubuntu-24.04' },
      {
        cell: `${name}/linux/arm64`,
        name: `${name}-linux-arm64`,
        platform: 'linux/arm64',
        runner: ['self-hosted', 'arm'],
      },
      {
        cell: `${name}/linux/riscv64`,
        name: `${name}-linux-riscv64`,
        platform: 'linux/riscv64',
        runner: 'ubuntu-24.04',
      },
    ]);
    expect(output).toBe(`matrix=${JSON.stringify(matrix)}\nempty=false\n`);
    for (const platform of cells) expect(await buildJob(`${name}/${platform}`)).toMatchObject({ exitCode: 0 });

    const published = await workspace.json(['publish', '--from', '../plan.json', '../parts']);

    expect(published.exitCode).toBe(0);
    const inspected = await workspace.json(['inspect', `${repository}:1`]);
    expect(valueAt(inspected.value, 'descriptor', 'digest')).toBe(valueAt(published.value, 'releases', 0, 'digest'));
    rmSync(join(workspace.folder, '../parts'), { recursive: true });
    workspace.write('Dockerfile', '# a comment\nFROM scratch\nCOPY made.txt /\n');
    const again = await planJobs();
    expect(again.matrix).toEqual({ include: [] });
    expect(again.output).toContain('matrix={"include":[]}\nempty=true\n');
    expect(await workspace.run(['publish', '--from', '../plan.json', '../parts'])).toMatchObject({ exitCode: 0 });
    rmSync(join(workspace.folder, '../parts'), { recursive: true });
    workspace.write('source.txt', 'two');
    expect(valueAt((await planJobs()).matrix, 'include', 2)).toBeDefined();
  });

  test('skips nothing by force or without records, and takes it over again with --skip-unchanged', async () => {
    const flags = ['build', '--push', '--quiet', '--skip-unchanged'];
    expect(await workspace.run(flags)).toMatchObject({ exitCode: 0 });

    async function states(...more: readonly string[]) {
      const { value } = await workspace.json(['build', '--push', ...more]);
      return [0, 1, 2].map((at) => (valueAt(value, 'cells', at, 'state') === 'reused' ? 'reused' : 'made'));
    }

    expect(await states('--skip-unchanged')).toEqual(['reused', 'reused', 'reused']);
    expect(await states('--skip-unchanged', '--force')).toEqual(['made', 'made', 'made']);
    expect(await states('--no-skip-unchanged')).toEqual(['made', 'made', 'made']);
    expect(await states('--resume')).toEqual(['made', 'made', 'made']);
  });

  test('hands a part over as a layout where nothing is pushed', async () => {
    await workspace.run(['plan', '--out', '../plan.json']);
    const built = await buildJob(`app${count}/linux/amd64`, '--json');

    const record: unknown = JSON.parse(built.stdout);

    expect(valueAt(record, 'outcome', 'part', 'location')).toBe(
      `oci:${join(workspace.folder, '../parts', `app${count}-linux-amd64`)}`,
    );
    expect(existsSync(join(workspace.folder, '../parts', `app${count}-linux-amd64`, 'oci-layout'))).toBe(true);
  });

  test('ends well without an optional cell, and not without a required one', async () => {
    await workspace.run(['plan', '--out', '../plan.json']);
    workspace.write('Dockerfile', 'FROM scratch\nCOPY other.txt /\n');

    const optional = await buildJob(`app${count}/linux/riscv64`);
    const required = await buildJob(`app${count}/linux/amd64`);

    expect(optional).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('is optional') });
    expect(required).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('COPY_SOURCE_MISSING') });
  });

  test.each<readonly [string, readonly string[], string]>([
    ['a cell that is not planned', ['build', '--from', '../plan.json', '--cell', 'b', '--parts', 'p'], 'CELL_UNKNOWN'],
    ['a cell without a plan', ['build', '--cell', 'b'], 'USAGE'],
    ['a plan that is none', ['build', '--from', 'Dockerfile', '--cell', 'b', '--parts', 'p'], 'PLAN_UNREADABLE'],
    ['a run that is not there', ['build', '--resume', '20200101T000000Z-000000'], 'RUN_MISSING'],
  ])('refuses %s', async (_name, args, code) => {
    await workspace.run(['plan', '--out', '../plan.json']);

    expect((await workspace.run(args)).stderr).toContain(`code: ${code}`);
  });

  test('writes no plan that holds a secret', async () => {
    const env = { NPM_TOKEN: 'a-very-secret-token' };
    const plain = ['plan', '--out', '../plan.json', '--build-arg', 'TOKEN=not-that-one'];
    expect(await workspace.run(plain, { env })).toMatchObject({ exitCode: 0 });

    const run = await workspace.run(['plan', '--out', '../plan.json', '--build-arg', 'TOKEN=a-very-secret-token'], {
      env,
    });

    expect(run).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('PLAN_HOLDS_SECRET') });
    expect(run.stderr).not.toContain('a-very-secret-token');
  });
});
