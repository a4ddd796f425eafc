import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { craneIndex, type JsonDescriptor, pushPeerImage } from './support/peer-image.ts';
import { useWorkbench } from './support/workbench.ts';

const hello = join(import.meta.dirname, '../../examples/hello');

interface InspectedImage {
  readonly descriptor: JsonDescriptor;
  readonly platforms: readonly {
    readonly platform: string;
    readonly manifest: JsonDescriptor;
    readonly layers: readonly JsonDescriptor[];
    readonly sizeBytes: number;
  }[];
  readonly attestations: readonly unknown[];
  readonly referrers: readonly { readonly artifactType?: string }[];
}

/** Our client against docker-registry 2.8, seen by crane, skopeo and docker. */
describe('docker-registry takes what polyarch pushes', () => {
  const workbench = useWorkbench();
  const registry = workbench.repositories;

  test('build --push puts an index that crane finds whole, twice the same', async () => {
    const reference = `${registry}/push/hello:1`;
    const push = ['build', hello, '-t', reference, '--push', '--json'];

    const first = JSON.parse(await workbench.polyarch(push)) as object;
    const second = JSON.parse(await workbench.polyarch(push)) as object;

    const digest = (await workbench.run('crane', ['digest', reference])).trim();
    await workbench.run('crane', ['validate', '--remote', reference]);
    expect(JSON.stringify(first)).toContain(digest);
    expect(JSON.stringify(second)).toContain(digest);
    const { manifests } = await craneIndex(workbench, reference);
    expect(manifests.map(({ platform }) => platform)).toEqual([
      { architecture: 'amd64', os: 'linux' },
      { architecture: 'arm64', os: 'linux' },
    ]);
    await workbench.run('docker', ['pull', '--quiet', reference]);
  });

  test('several tags and repositories name one digest', async () => {
    const names = [`${registry}/many/one:1`, `${registry}/many/one:latest`, `${registry}/many/other:1`];

    await workbench.polyarch(['build', hello, ...names.flatMap((name) => ['-t', name]), '--push']);

    const digests = await Promise.all(names.map((name) => workbench.run('crane', ['digest', name])));
    expect(new Set(digests).size).toBe(1);
  });

  test('zstd layers are pushed as such', async () => {
    const reference = `${registry}/push/zstd:1`;

    await workbench.polyarch(['build', hello, '-t', reference, '--push', '--compression', 'zstd']);

    const manifest = await workbench.run('crane', ['manifest', '--platform', 'linux/arm64', reference]);
    expect(manifest).toContain('application/vnd.oci.image.layer.v1.tar+zstd');
    await workbench.run('docker', ['pull', '--quiet', '--platform', 'linux/arm64', reference]);
    await workbench.run('skopeo', [
      'copy',
      '--all',
      '--src-tls-verify=false',
      `docker://${reference}`,
      `oci:${workbench.path('zstd')}`,
    ]);
  });

  test('inspect tells what crane and skopeo tell', async () => {
    const reference = `${registry}/inspect/app:1`;
    const digest = await pushPeerImage({ workbench, reference, attested: true });

    const inspected = JSON.parse(await workbench.polyarch(['inspect', '--json', reference])) as InspectedImage;

    expect(inspected.descriptor.digest).toBe(digest);
    expect(inspected.attestations).toHaveLength(2);
    expect(inspected.platforms.map(({ platform }) => platform)).toEqual(['linux/amd64', 'linux/arm64']);
    for (const { platform, manifest, layers, sizeBytes } of inspected.platforms) {
      const theirs = await workbench.run('crane', ['manifest', '--platform', platform, reference]);
      const { config, layers: theirLayers } = JSON.parse(theirs) as {
        readonly config: JsonDescriptor;
        readonly layers: readonly JsonDescriptor[];
      };
      expect(layers).toEqual(theirLayers);
      expect(manifest.size).toBe(theirs.length);
      expect(sizeBytes).toBe([config, ...theirLayers].reduce((sum, { size }) => sum + size, 0));
    }
    const raw = await workbench.polyarch(['inspect', '--raw', reference]);
    expect(raw).toBe(
      await workbench.run('skopeo', ['inspect', '--raw', '--tls-verify=false', `docker://${reference}`]),
    );
  });

  test('eight attachments at once are all in the referrers tag', async () => {
    const layout = workbench.path('attached', 'layout');
    await workbench.polyarch(['build', hello, '-o', `oci:${layout}`]);
    const digest = (JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')) as { manifests: JsonDescriptor[] })
      .manifests[0]?.digest;
    const reference = `${registry}/attached/app:1`;
    await workbench.polyarch(['copy', `oci:${layout}`, reference]);
    const numbers = Array.from({ length: 8 }, (_, number) => number);
    for (const number of numbers) {
      const own = workbench.path('attached', String(number));
      await workbench.run('cp', ['-a', layout, own]);
      const folder = workbench.files(`note-${number}`, { 'note.txt': `note ${number}` });
      const attach = ['attach', '--oci-layout', '--artifact-type', `example/${number}`, `${own}@${digest}`, 'note.txt'];
      await workbench.run('oras', attach, { cwd: folder });
    }

    await Promise.all(
      numbers.map((number) =>
        workbench.polyarch([
          'copy',
          '--referrers',
          `oci:${workbench.path('attached', String(number))}@${digest}`,
          reference,
        ]),
      ),
    );

    const tag = `${registry}/attached/app:${digest?.replace(':', '-')}`;
    const { manifests } = await craneIndex(workbench, tag);
    expect(manifests.map(({ artifactType }) => artifactType).sort()).toEqual(
      numbers.map((number) => `example/${number}`),
    );
    const found = await workbench.run('oras', ['discover', '--plain-http', '--format', 'json', reference]);
    expect(found.match(/example\/\d/g)?.sort()).toEqual(numbers.map((number) => `example/${number}`));
    const ours = JSON.parse(await workbench.polyarch(['inspect', '--json', reference])) as InspectedImage;
    expect(ours.referrers).toHaveLength(8);
  });

  test('a tag that is not there is told, with the code of its fault', async () => {
    await workbench.polyarch(['build', hello, '-t', `${registry}/missing/app:1`, '--push']);

    const { code, stderr } = await workbench.attemptPolyarch(['inspect', `${registry}/missing/app:2`]);

    expect(code).toBe(2);
    expect(stderr).toMatch(/IMAGE_MISSING|MANIFEST_UNKNOWN/);
    expect(stderr).toContain('missing/app');
  });
});
