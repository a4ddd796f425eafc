import { describe, expect, test } from 'vitest';
import { craneIndex, pushPeerImage, pushScanner } from './support/peer-image.ts';
import { useWorkbench } from './support/workbench.ts';

const plain = ['--src-tls-verify=false'];

/** The embedded registry as Docker and buildx use it. */
describe('the embedded registry serves docker', () => {
  const workbench = useWorkbench();

  test('docker push and pull keep the image', async () => {
    const registry = await workbench.serve('push');
    const reference = `${registry.address}/docker/app:1`;
    const context = workbench.files('app', { Dockerfile: 'FROM scratch\nCOPY file /\nCMD ["/file"]\n', file: 'one' });
    await workbench.run('docker', ['build', '--quiet', '--provenance=false', '--tag', reference, context]);

    await workbench.run('docker', ['push', '--quiet', reference]);
    const pushed = await workbench.run('crane', ['digest', reference]);
    await workbench.run('docker', ['image', 'rm', '--force', reference]);
    await workbench.run('docker', ['pull', '--quiet', `${registry.address}/docker/app@${pushed.trim()}`]);

    await workbench.run('crane', ['validate', '--remote', reference]);
    const image = await workbench.run('docker', [
      'image',
      'inspect',
      `${registry.address}/docker/app@${pushed.trim()}`,
    ]);
    expect(image).toContain(pushed.trim());
    expect(await workbench.run('crane', ['export', reference, '-'])).toContain('one');
  });

  test('docker pull of what is not there is refused', async () => {
    const registry = await workbench.serve('empty');

    const { code, stderr } = await workbench.attempt('docker', ['pull', `${registry.address}/docker/none:1`]);

    expect(code).toBe(1);
    expect(stderr).toMatch(/not found/);
  });

  test('buildx push of several platforms with provenance and SBOM is read back whole', async () => {
    const registry = await workbench.serve('attested');
    const reference = `${registry.address}/buildx/app:1`;
    const scanner = await pushScanner(workbench, `${registry.address}/buildx/scanner:1`);

    const digest = await pushPeerImage({ workbench, reference, attested: true, scanner });

    const { manifests } = await craneIndex(workbench, reference);
    expect((await workbench.run('crane', ['digest', reference])).trim()).toBe(digest);
    expect(manifests.map(({ platform }) => platform?.architecture)).toEqual(['amd64', 'arm64', 'unknown', 'unknown']);
    for (const [kind, proof] of [
      ['Provenance', 'buildType'],
      ['SBOM', 'SPDX-2.3'],
    ] as const) {
      const format = `{{json .${kind}}}`;
      const inspected = await workbench.run('docker', [
        'buildx',
        'imagetools',
        'inspect',
        reference,
        '--format',
        format,
      ]);
      expect(Object.keys(JSON.parse(inspected) as object)).toEqual(['linux/amd64', 'linux/arm64']);
      expect(inspected).toContain(proof);
    }
    await workbench.run('skopeo', [
      'copy',
      '--all',
      ...plain,
      `docker://${reference}`,
      `oci:${workbench.path('whole')}`,
    ]);
  });

  test('buildx imagetools merges two images of the registry', async () => {
    const registry = await workbench.serve('merge');
    const [one, other] = [`${registry.address}/merge/one:1`, `${registry.address}/merge/other:1`];
    await pushPeerImage({ workbench, reference: one, platforms: ['linux/amd64'] });
    await pushPeerImage({ workbench, reference: other, platforms: ['linux/s390x'] });
    const merged = `${registry.address}/merge/all:1`;

    await workbench.run('docker', ['buildx', 'imagetools', 'create', '--tag', merged, one, other]);

    const { manifests } = await craneIndex(workbench, merged);
    expect(manifests.map(({ platform }) => platform?.architecture)).toEqual(['amd64', 's390x']);
    await workbench.run('crane', ['validate', '--remote', merged]);
  });

  test('the build cache of buildx is pushed and used again', async () => {
    const registry = await workbench.serve('cache');
    const reference = `${registry.address}/cache/app`;
    const context = workbench.files('cached', { Dockerfile: 'FROM scratch\nCOPY file /\n', file: 'cached' });
    const builder = await workbench.builder();
    const build = ['buildx', 'build', '--builder', builder, '--progress', 'plain'];
    const cache = `type=registry,ref=${reference}:cache`;

    await workbench.run('docker', [...build, '--cache-to', `${cache},mode=max`, context]);
    const again = await workbench.attempt('docker', [...build, '--cache-from', cache, context]);

    expect(again.code).toBe(0);
    expect(again.stderr).toMatch(/importing cache manifest from/);
    expect(again.stderr).not.toMatch(/ERROR/);
  });
});
