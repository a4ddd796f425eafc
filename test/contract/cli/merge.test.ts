import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningRegistry, startRegistry } from '../../../src/server/start-registry.ts';
import { fakeHost } from '../../support/fake-host.ts';
import { openWorkspace, valueAt, type Workspace } from '../../support/run-program.ts';

describe('polyarch merge', () => {
  let registry: RunningRegistry | undefined;
  const workspace: Workspace = openWorkspace();
  let repository = '';
  const digests: string[] = [];

  beforeAll(async () => {
    registry = await startRegistry({ host: fakeHost(), memory: true });
    repository = `${registry.registry}/acme/app`;
    workspace.write('Dockerfile', 'FROM scratch\nCOPY a /\n');
    workspace.write('a', 'A');
    for (const platform of ['linux/amd64', 'linux/arm64', 'linux/s390x']) {
      const name = `${repository}:${platform.replace('/', '-')}`;
      const run = await workspace.run(['build', '--quiet', '--push', '--platform', platform, '--tag', name]);
      digests.push(run.stdout.trim());
    }
  });
  afterAll(async () => {
    workspace.remove();
    await registry?.close();
  });

  test('shows with --dry-run, or --plan, what it then writes under every -t', async () => {
    workspace.write('parts.txt', `# the parts\n${digests[0] ?? ''}\n{"digest":"${digests[1] ?? ''}"}\n`);
    const command = ['merge', '-f', 'parts.txt', '-t', `${repository}:1`, '-t', `${repository}:latest`];
    const annotation = ['--annotation', 'org.opencontainers.image.title=app'];
    const dry = await workspace.json([...command, ...annotation, '--dry-run']);
    expect(await workspace.json([...command, ...annotation, '--plan'])).toEqual(dry);

    const wet = await workspace.json([...command, ...annotation]);

    expect(wet.exitCode).toBe(0);
    expect(valueAt(wet.value, 'digest')).toBe(valueAt(dry.value, 'digest'));
    expect(valueAt(wet.value, 'platforms')).toEqual(['linux/amd64', 'linux/arm64']);
    expect(valueAt(wet.value, 'index', 'annotations')).toEqual({ 'org.opencontainers.image.title': 'app' });
    const read = await workspace.json(['inspect', `${repository}:latest`]);
    expect(valueAt(read.value, 'descriptor', 'digest')).toBe(valueAt(wet.value, 'digest'));
  });

  test('adds a platform with --append, and tells what moved', async () => {
    const sources = digests.slice(0, 2).map((digest) => `${repository}@${digest}`);
    expect(await workspace.run(['merge', ...sources, '-t', `${repository}:2`])).toMatchObject({ exitCode: 0 });

    const { stdout } = await workspace.run(['merge', '--append', digests[2] ?? '', '-t', `${repository}:2`]);

    expect(stdout).toContain('  linux/amd64, linux/arm64, linux/s390x\n');
    expect(stdout).toContain(`${repository}:2 moved from sha256:`);
  });

  test.each([
    ['no part', ['-t', 'acme/app:1'], 'no part is named'],
    ['no tag', ['acme/app:1'], '-t REFERENCE is missing'],
    ['a manifest annotation', ['a', '-t', 'b', '--annotation', 'manifest:x=y'], 'which a merge leaves as it is'],
    ['an annotation without a value', ['a', '-t', 'b', '--annotation', 'x'], 'expected KEY=VALUE'],
    ['a file that is not there', ['-f', 'nowhere', '-t', 'b'], 'Cannot read the parts in "nowhere"'],
  ])('refuses %s', async (_name, args, message) => {
    const run = await workspace.run(['merge', ...args]);

    expect(run).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(message) });
  });
});
