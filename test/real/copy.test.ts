import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { makeKeys, offline } from './support/cosign.ts';
import type { OwnRegistry } from './support/own-registry.ts';
import { craneIndex, type JsonDescriptor, pushPeerImage } from './support/peer-image.ts';
import { useWorkbench } from './support/workbench.ts';

interface CopiedImage {
  readonly root: JsonDescriptor;
  readonly tags: readonly string[];
  readonly contents: readonly { readonly size: number; readonly outcome: string }[];
}

/** `polyarch copy` between registries, layouts and archives; what arrives is judged by the peers. */
describe('copy keeps images whole', () => {
  const workbench = useWorkbench();
  const theirs = workbench.repositories;
  let ours: OwnRegistry;
  let source: string;
  let digest: string;

  beforeAll(async () => {
    ours = await workbench.serve('ours');
    source = `${theirs}/source/app:1`;
    digest = await pushPeerImage({ workbench, reference: source, attested: true, size: 300_000 });
  });

  test('from docker-registry to ours and back', async () => {
    const there = `${ours.address}/there/app:1`;
    const back = `${theirs}/back/app:1`;

    await workbench.polyarch(['copy', source, there]);
    await workbench.polyarch(['copy', there, back]);

    for (const reference of [there, back]) {
      expect((await workbench.run('crane', ['digest', reference])).trim()).toBe(digest);
      await readWhole(`docker://${reference}`);
    }
  });

  test.each(['oci', 'oci-archive'])('through %s out of one registry and into the other', async (kind) => {
    const place = `${kind}:${workbench.path(`through-${kind}`)}:kept`;
    const target = `${ours.address}/through/${kind}:2`;

    await workbench.polyarch(['copy', source, place]);
    await workbench.polyarch(['copy', place, target]);

    expect((await workbench.run('crane', ['digest', target])).trim()).toBe(digest);
    expect(await workbench.run('skopeo', ['inspect', '--raw', place])).toBe(
      await workbench.run('crane', ['manifest', source]),
    );
    await readWhole(place);
    await readWhole(`docker://${target}`);
  });

  test('an archive of skopeo is read, and one of ours by docker load', async () => {
    const theirArchive = `oci-archive:${workbench.path('by-skopeo.tar')}:x`;
    const target = `${ours.address}/skopeo/app:1`;
    const single = `docker-archive:${workbench.path('single.tar')}:example.com/single/app:3`;
    await workbench.run('skopeo', ['copy', '--all', '--src-tls-verify=false', `docker://${source}`, theirArchive]);

    await workbench.polyarch(['copy', theirArchive, target]);
    await workbench.polyarch(['copy', '--platform', 'linux/arm64', source, single]);

    expect((await workbench.run('crane', ['digest', target])).trim()).toBe(digest);
    const loaded = await workbench.run('docker', ['load', '--input', workbench.path('single.tar')]);
    expect(loaded).toContain('Loaded image: example.com/single/app:3');
    const image = await workbench.run('docker', ['image', 'inspect', 'example.com/single/app:3']);
    expect(JSON.parse(image)).toMatchObject([{ Architecture: 'arm64', Os: 'linux' }]);
    await workbench.run('docker', ['image', 'rm', '--force', 'example.com/single/app:3']);
  });

  test('docker save is read', async () => {
    const archive = workbench.path('saved.tar');
    const name = 'example.com/saved/app:1';
    const context = workbench.files('saved', { Dockerfile: 'FROM scratch\nCOPY file /\n', file: 'saved' });
    await workbench.run('docker', ['build', '--quiet', '--provenance=false', '--tag', name, context]);
    await workbench.run('docker', ['save', '--output', archive, name]);
    const target = `${ours.address}/saved/app:1`;

    await workbench.polyarch(['copy', `docker-archive:${archive}:${name}`, target]);

    await workbench.run('crane', ['validate', '--remote', target]);
    expect(await workbench.run('crane', ['export', target, '-'])).toContain('saved');
  });

  test('the second copy moves nothing, and one within a registry mounts', async () => {
    const target = `${ours.address}/twice/app:1`;

    await workbench.polyarch(['copy', source, target]);
    const again = await copyJson(source, target);
    const within = await copyJson(target, `${ours.address}/mounted/app:1`);

    expect(again.contents.map(({ outcome }) => outcome)).not.toContain('copied');
    expect(within.contents.map(({ outcome }) => outcome)).toContain('mounted');
    expect((await workbench.run('crane', ['digest', `${ours.address}/mounted/app:1`])).trim()).toBe(digest);
  });

  test('--all-tags moves every tag of a repository, through a layout too', async () => {
    const repository = `${theirs}/tags/app`;
    const layout = workbench.path('every-tag');
    const target = `${ours.address}/tags/app`;
    const digests = new Map<string, string>();
    for (const tag of ['1', '1.1', 'latest'])
      digests.set(tag, await pushPeerImage({ workbench, reference: `${repository}:${tag}`, platforms: ['linux/386'] }));

    await workbench.polyarch(['copy', '--all-tags', repository, `oci:${layout}`]);
    await workbench.polyarch(['copy', '--all-tags', `oci:${layout}`, target]);

    expect((await workbench.run('crane', ['ls', target])).trim().split('\n').sort()).toEqual(['1', '1.1', 'latest']);
    for (const [tag, expected] of digests)
      expect((await workbench.run('crane', ['digest', `${target}:${tag}`])).trim()).toBe(expected);
  });

  test('--platform keeps these platforms, with their attestations', async () => {
    const target = `${ours.address}/some/app:1`;

    await workbench.polyarch(['copy', '--platform', 'linux/arm64', source, target]);

    const { manifests } = await craneIndex(workbench, target);
    expect(manifests.map(({ platform }) => platform?.architecture)).toEqual(['arm64', 'unknown']);
    expect(manifests[1]?.annotations?.['vnd.docker.reference.digest']).toBe(manifests[0]?.digest);
    await readWhole(`docker://${target}`);
  });

  test('--platform of what the image does not have is refused, and nothing is written', async () => {
    const target = `${ours.address}/none/app:1`;

    const { code, stderr } = await workbench.attemptPolyarch(['copy', '--platform', 'linux/s390x', source, target]);

    expect(code).not.toBe(0);
    expect(stderr).toContain('linux/amd64');
    expect((await workbench.attempt('crane', ['digest', target])).code).toBe(1);
  });

  test.each([
    { form: 'bundle', flags: [] },
    { form: 'legacy', flags: ['--new-bundle-format=false'] },
  ])('--referrers takes a cosign signature along, which still verifies: $form', async ({ form, flags }) => {
    const keys = await makeKeys(workbench, `keys-${form}`);
    const signed = `${theirs}/signed/${form}`;
    const signedDigest = await pushPeerImage({ workbench, reference: `${signed}:1` });
    const sign = ['sign', '--key', keys.privateKey, ...offline, ...flags];
    await workbench.run('cosign', [...sign, `${signed}@${signedDigest}`]);
    const archive = `oci-archive:${workbench.path(`signed-${form}.tar`)}:1`;
    const [bare, whole] = [`${ours.address}/bare/${form}`, `${ours.address}/whole/${form}`];

    await workbench.polyarch(['copy', `${signed}:1`, `${bare}:1`]);
    await workbench.polyarch(['copy', '--referrers', `${signed}:1`, archive]);
    await workbench.polyarch(['copy', '--referrers', archive, `${whole}:1`]);
    await workbench.polyarch(['copy', '--referrers', `${whole}:1`, `${theirs}/again/${form}:1`]);

    const verify = ['verify', '--insecure-ignore-tlog', '--allow-insecure-registry', ...flags, '--key', keys.publicKey];
    expect((await workbench.attempt('cosign', [...verify, `${bare}@${signedDigest}`])).code).not.toBe(0);
    for (const name of [whole, `${theirs}/again/${form}`])
      expect(await workbench.run('cosign', [...verify, `${name}@${signedDigest}`])).toContain(signedDigest);
  });

  test('a layer of 48 MB goes through archives of both kinds', async () => {
    const layer = workbench.path('large.tar');
    await workbench.run('tar', ['-cf', layer, '-C', workbench.files('large', { data: randomBytes(48 << 20) }), 'data']);
    const reference = `${theirs}/large/app:1`;
    await workbench.run('crane', ['append', '-f', layer, '-t', reference]);
    const target = `${ours.address}/large/app:1`;
    const archive = `docker-archive:${workbench.path('large-docker.tar')}:large:1`;

    await workbench.polyarch(['copy', reference, archive]);
    await workbench.polyarch(['copy', archive, target]);

    expect(await workbench.run('crane', ['config', target])).toBe(await workbench.run('crane', ['config', reference]));
    await workbench.run('crane', ['validate', '--remote', target]);
  });

  async function copyJson(from: string, to: string): Promise<CopiedImage> {
    const [copied] = JSON.parse(await workbench.polyarch(['copy', '--json', from, to])) as readonly CopiedImage[];
    if (copied === undefined) throw new Error('nothing was copied');
    return copied;
  }

  /** Reads every byte of every platform and attestation, checked against its digest by skopeo. */
  async function readWhole(place: string): Promise<void> {
    const target = `dir:${workbench.path(`whole-${randomBytes(4).toString('hex')}`)}`;
    await workbench.run('skopeo', ['copy', '--all', '--src-tls-verify=false', place, target]);
  }
});
