import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { craneIndex, pushPeerImage } from './support/peer-image.ts';
import { useWorkbench } from './support/workbench.ts';

const insecure = ['--src-tls-verify=false', '--dest-tls-verify=false'];

/** The embedded registry as crane and skopeo use it, and its folder as umoci reads it. */
describe('the embedded registry serves crane and skopeo', () => {
  const workbench = useWorkbench();

  test('crane push, copy, validate, ls and pull keep every digest', async () => {
    const registry = await workbench.serve('crane');
    const layout = workbench.path('crane-layout');
    const reference = `${registry.address}/crane/app:1`;
    const digest = await pushPeerImage({ workbench, reference });

    await workbench.run('crane', ['pull', '--format=oci', reference, layout]);
    await workbench.run('crane', ['push', '--index', layout, `${registry.address}/crane/pushed:2`]);
    await workbench.run('crane', ['copy', reference, `${registry.address}/copied/app:3`]);
    await workbench.run('crane', ['tag', reference, 'next']);

    for (const name of ['crane/app:next', 'copied/app:3']) {
      expect((await workbench.run('crane', ['digest', `${registry.address}/${name}`])).trim()).toBe(digest);
      await workbench.run('crane', ['validate', '--remote', `${registry.address}/${name}`]);
    }
    await workbench.run('crane', ['validate', '--remote', `${registry.address}/crane/pushed:2`]);
    expect(await workbench.run('crane', ['ls', `${registry.address}/crane/app`])).toBe('1\nnext\n');
    const catalog = await workbench.run('crane', ['catalog', registry.address]);
    expect(catalog.trim().split('\n').sort()).toEqual(['copied/app', 'crane/app', 'crane/pushed']);
  });

  test('crane delete takes a tag away, and then the image', async () => {
    const registry = await workbench.serve('delete');
    const repository = `${registry.address}/delete/app`;
    const digest = await pushPeerImage({ workbench, reference: `${repository}:1` });
    await workbench.run('crane', ['tag', `${repository}:1`, 'kept']);

    await workbench.run('crane', ['delete', `${repository}:1`]);
    expect(await workbench.run('crane', ['ls', repository])).toBe('kept\n');
    expect((await workbench.run('crane', ['digest', `${repository}:kept`])).trim()).toBe(digest);

    await workbench.run('crane', ['delete', `${repository}@${digest}`]);
    const { code, stderr } = await workbench.attempt('crane', ['digest', `${repository}@${digest}`]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/404|MANIFEST_UNKNOWN/);
  });

  test('crane append and mutate push what the registry then serves', async () => {
    const registry = await workbench.serve('append');
    const reference = `${registry.address}/append/app:1`;
    const tree = workbench.files('layer', { 'etc/added': 'by crane' });
    await workbench.run('tar', ['-czf', workbench.path('layer.tar.gz'), '-C', tree, 'etc']);

    await workbench.run('crane', ['append', '-f', workbench.path('layer.tar.gz'), '-t', reference]);
    await workbench.run('crane', ['mutate', reference, '--label', 'made=by-crane', '-t', reference]);

    const config = await workbench.run('crane', ['config', reference]);
    expect(config).toContain('"made":"by-crane"');
    await workbench.run('crane', ['validate', '--remote', reference]);
  });

  test('skopeo copies in, out and inspects', async () => {
    const registry = await workbench.serve('skopeo');
    const reference = `${registry.address}/skopeo/app:1`;
    const digest = await pushPeerImage({ workbench, reference });
    const layout = `oci:${workbench.path('skopeo-layout')}:1`;
    const mirror = `docker://${registry.address}/skopeo/mirror:1`;

    await workbench.run('skopeo', ['copy', '--all', ...insecure, `docker://${reference}`, layout]);
    await workbench.run('skopeo', ['copy', '--all', ...insecure, layout, mirror]);
    const inspected = await workbench.run('skopeo', ['inspect', '--tls-verify=false', '--no-tags', mirror]);

    expect((await workbench.run('crane', ['digest', `${registry.address}/skopeo/mirror:1`])).trim()).toBe(digest);
    expect(JSON.parse(inspected)).toMatchObject({ Digest: digest, Architecture: 'amd64', Os: 'linux' });
    await workbench.run('crane', ['validate', '--remote', `${registry.address}/skopeo/mirror:1`]);
  });

  test('skopeo copies into the schema of Docker', async () => {
    const registry = await workbench.serve('schema');
    const reference = `${registry.address}/schema/app:1`;
    await pushPeerImage({ workbench, reference, platforms: ['linux/amd64'] });
    const converted = `${registry.address}/schema/converted:1`;

    await workbench.run('skopeo', [
      'copy',
      '--format=v2s2',
      ...insecure,
      `docker://${reference}`,
      `docker://${converted}`,
    ]);

    expect((await craneIndex(workbench, converted)).mediaType).toBe(
      'application/vnd.docker.distribution.manifest.v2+json',
    );
    await workbench.run('crane', ['validate', '--remote', converted]);
  });

  test('umoci and skopeo read the folder of the registry as an OCI layout', async () => {
    const registry = await workbench.serve('on-disk');
    const tree = workbench.files('umoci-layer', { greeting: 'on disk' });
    const blob = workbench.path('umoci.tar.gz');
    await workbench.run('tar', ['-czf', blob, '-C', tree, '.']);
    const reference = `${registry.address}/deep/name/app:1`;
    await workbench.run('crane', ['append', '--oci-empty-base', '-f', blob, '-t', reference]);

    const layout = join(registry.folder, 'deep/name/app');
    const unpacked = workbench.path('unpacked');
    await workbench.run('umoci', ['raw', 'unpack', '--rootless', '--image', `${layout}:1`, unpacked]);

    expect(readdirSync(unpacked)).toContain('greeting');
    const raw = await workbench.run('skopeo', ['inspect', '--raw', `oci:${layout}:1`]);
    expect(raw).toBe(await workbench.run('crane', ['manifest', reference]));
  });

  test('a layer of 64 MB and thirty tags go through', async () => {
    const registry = await workbench.serve('large');
    const repository = `${registry.address}/large/app`;
    const tree = workbench.files('large-layer', { data: randomBytes(64 << 20) });
    await workbench.run('tar', ['-cf', workbench.path('large.tar'), '-C', tree, 'data']);

    await workbench.run('crane', ['append', '-f', workbench.path('large.tar'), '-t', `${repository}:t0`]);
    for (let number = 1; number < 30; number += 1)
      await workbench.run('crane', ['tag', `${repository}:t0`, `t${number}`]);

    const tags = (await workbench.run('crane', ['ls', repository])).trim().split('\n');
    expect(tags).toHaveLength(30);
    await workbench.run('crane', ['validate', '--remote', `${repository}:t29`]);
  });
});
