import { randomBytes } from 'node:crypto';
import { type Dirent, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { freePort, startDockerRegistry } from '../../scripts/real-engine.mjs';
import { type StartedProgram, useWorkbench } from './support/workbench.ts';

const platforms = ['linux/amd64', 'linux/arm64', 'linux/s390x'];
const layerBytes = 24 << 20;
const totalBytes = layerBytes * (platforms.length + 1);

/** Registries that are killed in the middle of a push, in real time. */
describe('a push outlives its registry', () => {
  const workbench = useWorkbench();
  let source: string;
  let digest: string;

  beforeAll(async () => {
    const own = platforms.map(
      (platform) => [`data-${platform.slice('linux/'.length)}`, randomBytes(layerBytes)] as const,
    );
    const context = workbench.files('context', {
      Dockerfile: 'FROM scratch\nARG TARGETARCH\nCOPY data-$TARGETARCH /own\nCOPY shared /shared\n',
      shared: randomBytes(layerBytes),
      ...Object.fromEntries(own),
    });
    source = `oci:${workbench.path('layout')}`;
    const build = ['build', context, '--platform', platforms.join(','), '-o', source, '--quiet'];
    digest = (await workbench.polyarch(build)).trim();
  });

  test.each([3, 20])('docker-registry is killed and comes back after %i seconds', async (seconds) => {
    const folder = workbench.path(`down-${seconds}`);
    const port = await freePort();
    const first = await startDockerRegistry({ folder, port });
    workbench.onEnd(() => first.stop());
    const target = `localhost:${port}/down/app:1`;
    const push = workbench.startPolyarch(['copy', source, target, '--progress', 'plain']);

    await filled(folder, 0.3, push);
    first.kill();
    await wait(seconds * 1000);
    const second = await startDockerRegistry({ folder, port });
    workbench.onEnd(() => second.stop());
    const { code, stderr } = await push.ended;

    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/trying again/);
    expect((await workbench.run('crane', ['digest', target])).trim()).toBe(digest);
    await workbench.run('crane', ['validate', '--remote', target]);
  });

  test.each([0.05, 0.35, 0.65, 0.95])(
    'ours is killed after %d of the bytes, and holds no half image',
    async (share) => {
      const registry = await workbench.serve(`killed-${share}`);
      const repository = `${registry.address}/killed/app`;
      const push = workbench.startPolyarch(['copy', source, `${repository}:1`, '--progress', 'plain']);

      await filled(registry.folder, share, push);
      await registry.kill();
      await registry.restart();
      await everyTagIsWhole(repository);
      const { code, stderr } = await push.ended;

      expect(code, stderr).toBe(0);
      expect((await workbench.run('crane', ['digest', `${repository}:1`])).trim()).toBe(digest);
      await everyTagIsWhole(repository);
      await workbench.polyarch(['copy', `${repository}:1`, `oci:${workbench.path(`back-${share}`)}`]);
    },
  );

  test('ours is killed again and again under one push', async () => {
    const registry = await workbench.serve('again');
    const repository = `${registry.address}/again/app`;
    const push = workbench.startPolyarch(['copy', source, `${repository}:1`, '--progress', 'plain']);

    for (const share of [0.1, 0.3, 0.5, 0.7, 0.9]) {
      await filled(registry.folder, share, push);
      await registry.kill();
      await registry.restart();
      await everyTagIsWhole(repository);
    }
    const { code, stderr } = await push.ended;

    expect(code, stderr).toBe(0);
    expect((await workbench.run('crane', ['digest', `${repository}:1`])).trim()).toBe(digest);
    await everyTagIsWhole(repository);
  });

  test('the client is killed, and the same command goes on where it stopped', async () => {
    const registry = await workbench.serve('client');
    const target = `${registry.address}/client/app:1`;
    const copy = ['copy', source, target, '--progress', 'plain'];
    const push = workbench.startPolyarch(copy);

    await filled(registry.folder, 0.6, push);
    push.child.kill('SIGKILL');
    await push.ended;
    const tagged = await workbench.attempt('crane', ['digest', target]);
    await workbench.polyarch(copy);

    expect(tagged.code).toBe(1);
    await workbench.run('crane', ['validate', '--remote', target]);
  });

  test('SIGINT ends a push at once and leaves no tag', async () => {
    const registry = await workbench.serve('interrupted');
    const target = `${registry.address}/interrupted/app:1`;
    const push = workbench.startPolyarch(['copy', source, target, '--progress', 'plain']);

    await filled(registry.folder, 0.3, push);
    push.child.kill('SIGINT');
    const { code } = await push.ended;

    expect(code).toBe(130);
    expect((await workbench.attempt('crane', ['digest', target])).code).toBe(1);
  });

  async function everyTagIsWhole(repository: string): Promise<void> {
    const { code, stdout } = await workbench.attempt('crane', ['ls', repository]);
    if (code !== 0) return;
    for (const tag of stdout.split('\n').filter((name) => name !== ''))
      await workbench.run('crane', ['validate', '--remote', `${repository}:${tag}`]);
  }
});

/** Resolves when a share of all bytes lies in the folder; the push must still be under way. */
async function filled(folder: string, share: number, push: StartedProgram): Promise<void> {
  while (bytesBelow(folder) < share * totalBytes) {
    if (push.child.exitCode !== null)
      throw new Error(`The push was over before it was disturbed: ${(await push.ended).stderr}`);
    await wait(2);
  }
}

function bytesBelow(folder: string): number {
  let sum = 0;
  for (const entry of list(folder)) {
    const path = join(folder, entry.name);
    sum += entry.isDirectory() ? bytesBelow(path) : (lstatSync(path, { throwIfNoEntry: false })?.size ?? 0);
  }
  return sum;
}

/** What lies in a folder that may go away meanwhile. */
function list(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
