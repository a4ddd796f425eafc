import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { pushPeerImage } from './support/peer-image.ts';
import { useWorkbench } from './support/workbench.ts';

interface Inspected {
  readonly kind: string;
  readonly descriptor: { readonly digest: string };
  readonly platforms: readonly { readonly platform: string; readonly manifest: { readonly digest: string } }[];
}

/** Layouts and archives as Docker, skopeo and crane write and read them. */
describe('archives go to and fro', () => {
  const workbench = useWorkbench();

  async function inspect(location: string): Promise<Inspected> {
    return JSON.parse(await workbench.polyarch(['inspect', '--json', location])) as Inspected;
  }

  /** A two-platform image in a layout, with provenance unless told otherwise, and its digest. */
  async function layoutOfPeers(
    name: string,
    attested = true,
  ): Promise<{ readonly layout: string; readonly digest: string }> {
    const registry = await workbench.serve(`${name}-registry`);
    const reference = `${registry.address}/peers/app:1`;
    const digest = await pushPeerImage({ workbench, reference, attested });
    const layout = workbench.path(`${name}-layout`);
    await workbench.polyarch(['copy', reference, `oci:${layout}:v1`]);
    return { layout, digest };
  }

  test('skopeo reads our layouts and OCI archives, and we its', async () => {
    const { layout, digest } = await layoutOfPeers('skopeo');
    const [ours, theirs] = [workbench.path('ours.tar'), workbench.path('theirs.tar')];
    await workbench.polyarch(['copy', `oci:${layout}:v1`, `oci-archive:${ours}:v1`]);

    for (const source of [`oci:${layout}:v1`, `oci-archive:${ours}:v1`]) {
      const raw = await workbench.run('skopeo', ['inspect', '--raw', source]);
      expect(raw).toBe(readFileSync(`${layout}/blobs/sha256/${digest.slice(7)}`, 'utf8'));
    }
    await workbench.run('skopeo', ['copy', '--all', `oci-archive:${ours}:v1`, `oci-archive:${theirs}:back`]);

    expect((await inspect(`oci-archive:${theirs}:back`)).descriptor.digest).toBe(digest);
  });

  test('docker load takes our Docker archive with every platform, and we take what docker save makes of it', async () => {
    const { layout, digest } = await layoutOfPeers('load');
    const [ours, saved] = [workbench.path('load.tar'), workbench.path('saved.tar')];
    await workbench.polyarch(['copy', `oci:${layout}:v1`, `docker-archive:${ours}:acme/app:1`]);

    const loaded = await workbench.run('docker', ['load', '--input', ours]);
    const seen = await workbench.run('docker', [
      'image',
      'inspect',
      '--format',
      '{{.Id}} {{.Architecture}}',
      'acme/app:1',
    ]);
    await workbench.run('docker', ['save', '--output', saved, 'acme/app:1']);

    expect(loaded).toContain('Loaded image: acme/app:1');
    expect(seen.trim()).toBe(`${digest} amd64`);
    const inspected = await inspect(`docker-archive:${saved}:acme/app:1`);
    expect(inspected.descriptor.digest).toBe(digest);
    expect(inspected.platforms.map(({ platform }) => platform)).toEqual(['linux/amd64', 'linux/arm64']);
  });

  test('docker load takes our OCI archive too, where the image has a whole name', async () => {
    const { layout, digest } = await layoutOfPeers('oci-load');
    const ours = workbench.path('oci-load.tar');
    await workbench.polyarch(['copy', `oci:${layout}:v1`, `oci-archive:${ours}:docker.io/acme/whole:1`]);

    await workbench.run('docker', ['load', '--input', ours]);

    const seen = await workbench.run('docker', ['image', 'inspect', '--format', '{{.Id}}', 'acme/whole:1']);
    expect(seen.trim()).toBe(digest);
  });

  test('skopeo reads our Docker archive by its manifest.json, and we its older form', async () => {
    const { layout } = await layoutOfPeers('older');
    const [ours, theirs] = [workbench.path('new.tar'), workbench.path('old.tar')];
    await workbench.polyarch(['copy', `oci:${layout}:v1`, `docker-archive:${ours}:acme/app:1`]);
    await workbench.run('skopeo', ['copy', `docker-archive:${ours}:acme/app:1`, `docker-archive:${theirs}:acme/old:1`]);

    const inspected = await inspect(`docker-archive:${theirs}:acme/old:1`);
    await workbench.polyarch(['copy', `docker-archive:${theirs}:acme/old:1`, `oci:${workbench.path('from-old')}:v1`]);

    expect(inspected).toMatchObject({ kind: 'image', platforms: [{ platform: 'linux/amd64' }] });
    expect(await workbench.run('skopeo', ['inspect', `oci:${workbench.path('from-old')}:v1`])).toContain('"amd64"');
  });

  test('crane takes our layout, and finds what we pushed whole', async () => {
    // crane takes every layer for a gzip file, statements of provenance among them.
    const { layout, digest } = await layoutOfPeers('crane', false);
    const registry = await workbench.serve('crane-target');
    const [pushed, copied] = [`${registry.address}/a/pushed:1`, `${registry.address}/a/copied:1`];

    await workbench.run('crane', ['push', '--index', layout, pushed]);
    await workbench.polyarch(['copy', `oci:${layout}:v1`, copied]);

    await workbench.run('crane', ['validate', '--remote', copied]);
    expect((await workbench.run('crane', ['digest', copied])).trim()).toBe(digest);
  });
});
