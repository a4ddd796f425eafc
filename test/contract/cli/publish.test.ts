import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openWorkspace, valueAt, type Workspace } from '../../support/run-program.ts';
import { SmallRegistry } from '../../support/small-registry.ts';

const dockerfile = 'FROM scratch\nCOPY a /a\n';

describe('polyarch publish', () => {
  let workspace: Workspace;
  let registry: SmallRegistry;
  beforeEach(async () => {
    registry = await SmallRegistry.start({ honoursConditions: true });
    workspace = openWorkspace({ a: 'A', Dockerfile: dockerfile, '.dockerignore': '.polyarch\n' });
  });
  afterEach(async () => {
    await registry.stop();
    workspace.remove();
  });

  function tags(): Record<string, string> {
    return Object.fromEntries(registry.repository('acme/app').tags);
  }

  test('publishes the newest run under a name, tells before what it would do, and tells a run that is not there', async () => {
    const name = `${registry.host}/acme/app:1`;
    const built = await workspace.json(['build', '--platform', 'linux/amd64,linux/arm64']);
    const digest = valueAt(built.value, 'releases', 0, 'digest');

    const planned = await workspace.json(['publish', '--plan', '--tag', name]);
    const dry = await workspace.run(['publish', '--dry-run', '-t', name]);
    const before = tags();
    const published = await workspace.json(['publish', '-t', name, '--primary', 'first', '--progress', 'quiet']);
    const again = await workspace.run(['publish', 'publish-me', '-t', name]);

    expect(valueAt(planned.value, 'releases', 0)).toMatchObject({
      digest,
      moves: [{ tag: '1', state: 'new', to: digest }],
    });
    expect(dry.stdout).toBe(`app  ${String(digest)}\n  ${name}  new\n`);
    expect(before).toEqual({});
    expect(published.exitCode).toBe(0);
    expect(tags()).toEqual({ 1: digest });
    expect(again).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('Cannot find the run "publish-me"') });
    expect(again.stderr).toContain('RUN_MISSING');
  });

  test('publishes what the jobs of a pipeline have built, and nothing where a record is missing', async () => {
    const name = `${registry.host}/acme/app:1`;
    await workspace.run(['build', '--platform', 'linux/amd64,linux/arm64']);
    const run = runFolder(workspace);
    const args = ['publish', '--from', `${run}/plan.json`, '-t', name, '--json'];

    const partial = await workspace.run([...args, `${run}/parts/app-linux-amd64.json`]);
    const before = tags();
    const whole = await workspace.run([...args, `${run}/parts`, '--metadata-file', 'result.json']);

    expect(partial.exitCode).not.toBe(0);
    expect(partial.stdout).toContain('RECORD_MISSING');
    expect(before).toEqual({});
    expect(whole.exitCode).toBe(0);
    expect(Object.keys(tags())).toEqual(['1']);
    expect(JSON.parse(workspace.read('result.json'))).toMatchObject({ state: 'succeeded' });
  });

  test('publishes to the repositories of the config, and tells the one that is left out', async () => {
    workspace.write(
      'polyarch.yaml',
      `repositories:\n  - ${registry.host}/acme/app\n  - name: 127.0.0.1:1/other\n    when: env.NOT_SET\nplatforms: [linux/amd64]\n`,
    );
    await workspace.run(['build']);

    const { exitCode, value } = await workspace.json(['publish', '--allow-downgrade', 'latest']);

    expect(exitCode).toBe(0);
    expect(Object.keys(tags())).toEqual(['latest']);
    expect(valueAt(value, 'notes')).toEqual(['127.0.0.1:1/other is left out: env.NOT_SET is not set']);
  });

  test('refuses to name what comes from another commit than the tags would', async () => {
    workspace.write('polyarch.yaml', `image: ${registry.host}/acme/app\nplatforms: [linux/amd64]\n`);
    await workspace.run(['build']);
    const file = `${runFolder(workspace)}/plan.json`;
    workspace.write(file, workspace.read(file).replace('"sha": ""', `"sha": "${'a'.repeat(40)}"`));

    const { exitCode, stderr } = await workspace.run(['publish']);

    expect(exitCode).toBe(2);
    expect(stderr).toContain('it comes from commit aaaaaaa, and now there is no commit');
    expect(stderr).toContain('RUN_OUTDATED');
  });

  test('gives what was built on a desk the order of the commit that is checked out', async () => {
    const who = ['-c', 'user.name=me', '-c', 'user.email=me@example.com'];
    for (const args of [
      ['init', '-q'],
      ['add', 'a'],
      [...who, 'commit', '-qm', 'first'],
    ])
      execFileSync('git', args, { cwd: workspace.folder });
    const commit = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: workspace.folder, encoding: 'utf8' }).trim();
    await workspace.run(['build', '--platform', 'linux/amd64']);

    const { exitCode } = await workspace.run(['publish', '-t', `${registry.host}/acme/app:1.2.3`]);

    const { manifests } = registry.repository('acme/app');
    const index = manifests.get(tags()['1.2.3'] ?? '')?.bytes.toString();
    expect(exitCode).toBe(0);
    expect(index).toContain(`"dev.polyarch.order.commit":"${commit}"`);
    expect(index).toContain('"dev.polyarch.order.version":"1.2.3"');
  });

  test('ends what was broken off: --resume finds the run', async () => {
    const name = `${registry.host}/acme/app:1`;
    await workspace.run(['build', '--platform', 'linux/amd64']);
    registry.afterPut = () => running.child.kill('SIGKILL');
    const running = workspace.start(['publish', '-t', name, '-t', `${registry.host}/acme/other:1`]);
    const killed = await running.ended;
    registry.afterPut = undefined;

    const resumed = await workspace.run(['publish', '--resume', '-t', name, '-t', `${registry.host}/acme/other:1`]);

    expect(killed.signal).toBe('SIGKILL');
    expect(resumed).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('Tags were about to move') });
    expect([...registry.repository('acme/other').tags]).toEqual([...registry.repository('acme/app').tags]);
  });

  test('tells that there is nothing to publish', async () => {
    const { exitCode, stderr } = await workspace.run(['publish']);

    expect(exitCode).toBe(2);
    expect(stderr).toContain('RUN_MISSING');
  });
});

describe('polyarch build --push', () => {
  let workspace: Workspace;
  beforeEach(() => {
    workspace = openWorkspace({ a: 'A', Dockerfile: dockerfile, '.dockerignore': '.polyarch\n' });
  });
  afterEach(() => workspace.remove());

  test.each([
    ['a wrong password', 'wrong', 'REGISTRY_UNAUTHORIZED'],
    ['a login that may only read', 'secret', 'REGISTRY_DENIED'],
  ])('tells %s before anything is built', async (_what, password, code) => {
    const registry = await SmallRegistry.start({
      auth: { kind: 'bearer', passwords: { me: 'secret' }, givesJwt: true, withholds: ['push'] },
    });
    const login = { auths: { [registry.host]: { auth: Buffer.from(`me:${password}`).toString('base64') } } };
    const env = { DOCKER_AUTH_CONFIG: JSON.stringify(login) };

    const { exitCode, stdout } = await workspace.run(
      ['build', '-t', `${registry.host}/acme/app:1`, '--push', '--json'],
      { env },
    );

    expect(exitCode).toBe(4);
    expect(JSON.parse(stdout)).toMatchObject({ code });
    expect(workspace.has('.polyarch/runs')).toBe(false);
    await registry.stop();
  });
});

function runFolder(workspace: Workspace): string {
  const [id] = readdirSync(join(workspace.folder, '.polyarch/runs'));
  return `.polyarch/runs/${id ?? ''}`;
}
