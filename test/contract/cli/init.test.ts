import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openWorkspace, type Workspace } from '../../support/run-program.ts';

describe('polyarch init', () => {
  let workspace: Workspace;
  beforeEach(() => {
    workspace = openWorkspace({ Dockerfile: 'FROM scratch\nCOPY a /a\n', a: 'A' });
  });
  afterEach(() => workspace.remove());

  test('writes a config that builds, and never writes over one', async () => {
    const first = await workspace.run(['init', '--yes']);
    const text = workspace.read('polyarch.yaml');
    const second = await workspace.run(['init', '--yes', '--repository', 'ghcr.io/acme/other']);
    const built = await workspace.run(['build', '--quiet']);

    expect(first).toMatchObject({ exitCode: 0, stderr: '' });
    expect(second).toMatchObject({ exitCode: 2, stdout: '' });
    expect(second.stderr).toContain('polyarch.yaml": it is there already');
    expect(workspace.read('polyarch.yaml')).toBe(text);
    expect(built.stdout).toMatch(/^sha256:[0-9a-f]{64}\n$/);
  });

  test('--stdout shows the same without writing, beside a config, too', async () => {
    const answers = ['--repository', 'ghcr.io/acme/app', '--platforms', 'linux/amd64,linux/riscv64'];
    const shown = await workspace.run(['init', '--stdout', ...answers]);
    const hadFile = workspace.has('polyarch.yaml');
    await workspace.run(['init', ...answers]);
    const again = await workspace.run(['init', '--stdout', ...answers]);

    expect(hadFile).toBe(false);
    expect(shown.stdout).toContain('image: ghcr.io/acme/app\n');
    expect(workspace.read('polyarch.yaml')).toBe(shown.stdout);
    expect(again).toEqual(shown);
  });

  test('--json tells what was written', async () => {
    const { exitCode, value } = await workspace.json(['init']);

    expect(exitCode).toBe(0);
    expect(value).toMatchObject({ images: [{ name: 'app', dockerfile: 'Dockerfile' }], notes: [] });
  });

  test('a folder without a Dockerfile is told', async () => {
    workspace.write('empty/note', 'nothing to build');
    const { exitCode, stderr } = await workspace.run(['init', '--yes', 'empty']);

    expect(exitCode).toBe(2);
    expect(stderr).toContain('there is no Dockerfile in it');
  });
});
