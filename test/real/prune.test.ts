import { beforeAll, describe, expect, test } from 'vitest';
import type { OwnRegistry } from './support/own-registry.ts';
import { craneIndex, pushPeerImage } from './support/peer-image.ts';
import { useWorkbench } from './support/workbench.ts';

/** `promote`, `rollback` and `prune` against docker-registry and ours; what is left is judged by crane. */
describe('channels and pruning', () => {
  const workbench = useWorkbench();
  let ours: OwnRegistry;

  beforeAll(async () => {
    ours = await workbench.serve('ours');
  });

  test.each(['docker-registry', 'ours'])('nothing that stays is broken in %s', async (where) => {
    const repository = `${where === 'ours' ? ours.address : workbench.repositories}/channel/app`;
    const [first, second] = [
      await pushPeerImage({ workbench, reference: `${repository}:1`, attested: true }),
      await pushPeerImage({ workbench, reference: `${repository}:2` }),
    ];
    const [shared] = (await craneIndex(workbench, `${repository}:2`)).manifests;
    await workbench.run('crane', [
      'index',
      'append',
      '-m',
      `${repository}@${shared?.digest ?? ''}`,
      '-t',
      `${repository}:3`,
    ]);
    for (const tag of ['1', '2']) await workbench.polyarch(['promote', `${repository}:${tag}`, '--tag', 'stable']);

    const pruned = await workbench.polyarch(['prune', repository, '--tags', '[1-3]', '--keep', '0', '--delete']);
    const tagged = await workbench.polyarch(['prune', repository, '--tags', '?', '--keep', '0', '--delete']);

    expect(pruned).toContain('0 tags and 0 manifests removed');
    expect(tagged).toContain('3 tags and 1 manifest removed');
    expect((await workbench.run('crane', ['ls', repository])).trim().split('\n').sort()).toEqual([
      'polyarch-channel-stable',
      'stable',
    ]);
    await workbench.run('crane', ['validate', '--remote', `${repository}:stable`]);
    await workbench.polyarch(['rollback', `${repository}:stable`], { cwd: workbench.path('elsewhere', '..') });
    expect((await workbench.run('crane', ['digest', `${repository}:stable`])).trim()).toBe(first);
    await workbench.run('crane', ['validate', '--remote', `${repository}@${second}`]);
    await workbench.polyarch(['verify', `${repository}:stable`]);
  });
});
