import { describe, expect, test } from 'vitest';
import { makeKeys, offline } from './support/cosign.ts';
import { pushPeerImage } from './support/peer-image.ts';
import { useWorkbench } from './support/workbench.ts';

interface Discovered {
  readonly referrers: readonly { readonly artifactType: string; readonly annotations?: Record<string, string> }[];
}

/** What is attached to an image in the embedded registry: by oras, by cosign, by many at once. */
describe('the embedded registry keeps what is attached', () => {
  const workbench = useWorkbench();

  test('oras attaches, discovers by type, and pulls', async () => {
    const registry = await workbench.serve('oras');
    const reference = `${registry.address}/oras/app:1`;
    await pushPeerImage({ workbench, reference });
    const folder = workbench.files('attached', { 'note.txt': 'a note', 'sbom.json': '{}' });

    await oras(['attach', '--artifact-type', 'example/note', reference, 'note.txt:text/plain'], folder);
    await oras(['attach', '--artifact-type', 'example/sbom', reference, 'sbom.json:application/json'], folder);

    expect((await discover(reference)).map(({ artifactType }) => artifactType).sort()).toEqual([
      'example/note',
      'example/sbom',
    ]);
    expect(await discover(reference, ['--artifact-type', 'example/note'])).toHaveLength(1);
    // The registry lists referrers by itself: nobody had to keep a tag for them.
    expect(await workbench.run('crane', ['ls', `${registry.address}/oras/app`])).toBe('1\n');
  });

  test('eight oras attach at once are all there', async () => {
    const registry = await workbench.serve('parallel');
    const reference = `${registry.address}/parallel/app:1`;
    await pushPeerImage({ workbench, reference });
    const numbers = Array.from({ length: 8 }, (_, number) => String(number));
    const folder = workbench.files('eight', Object.fromEntries(numbers.map((number) => [`${number}.txt`, number])));

    await Promise.all(
      numbers.map((number) =>
        oras(['attach', '--artifact-type', `example/${number}`, reference, `${number}.txt`], folder),
      ),
    );

    const found = await discover(reference);
    expect(found.map(({ artifactType }) => artifactType).sort()).toEqual(numbers.map((number) => `example/${number}`));
  });

  test('oras copies an image with all that is attached', async () => {
    const [from, to] = [await workbench.serve('copy-from'), await workbench.serve('copy-to')];
    const source = `${from.address}/copy/app:1`;
    const target = `${to.address}/copied/app:1`;
    await pushPeerImage({ workbench, reference: source });
    const folder = workbench.files('copied', { 'note.txt': 'travels along' });
    await oras(['attach', '--artifact-type', 'example/note', source, 'note.txt'], folder);

    await oras(['cp', '--recursive', '--from-plain-http', '--to-plain-http', source, target], folder, []);

    expect((await discover(target)).map(({ artifactType }) => artifactType)).toEqual(['example/note']);
  });

  test.each([
    { form: 'bundle', flags: [] },
    { form: 'legacy tag', flags: ['--new-bundle-format=false'] },
  ])('cosign signs and verifies: $form', async ({ form, flags }) => {
    const registry = await workbench.serve(`cosign-${form}`);
    const keys = await makeKeys(workbench, `keys-${form}`);
    const digest = await pushPeerImage({ workbench, reference: `${registry.address}/signed/app:1` });
    const image = `${registry.address}/signed/app@${digest}`;

    await workbench.run('cosign', ['sign', '--key', keys.privateKey, ...offline, ...flags, image]);

    const verify = ['verify', '--insecure-ignore-tlog', '--allow-insecure-registry', ...flags, '--key'];
    expect(await workbench.run('cosign', [...verify, keys.publicKey, image])).toContain(digest);
    const others = await makeKeys(workbench, `others-${form}`);
    expect((await workbench.attempt('cosign', [...verify, others.publicKey, image])).code).not.toBe(0);
  });

  test('cosign attests, and the attestation is verified', async () => {
    const registry = await workbench.serve('attest');
    const keys = await makeKeys(workbench, 'keys-attest');
    const digest = await pushPeerImage({ workbench, reference: `${registry.address}/attested/app:1` });
    const image = `${registry.address}/attested/app@${digest}`;
    const folder = workbench.files('predicate', { 'predicate.json': '{"built":"here"}' });
    const kind = ['--type', 'https://example.com/built'];

    await workbench.run(
      'cosign',
      ['attest', '--key', keys.privateKey, ...offline, ...kind, '--predicate', 'predicate.json', image],
      { cwd: folder },
    );

    const verify = ['verify-attestation', '--insecure-ignore-tlog', '--allow-insecure-registry', ...kind];
    const verified = await workbench.attempt('cosign', [...verify, '--key', keys.publicKey, image]);
    expect(verified.code, verified.stderr).toBe(0);
  });

  function oras(args: readonly string[], cwd: string, plain = ['--plain-http']): Promise<string> {
    const [verb = '', ...rest] = args;
    return workbench.run('oras', [verb, ...plain, ...rest], { cwd });
  }

  async function discover(reference: string, flags: readonly string[] = []): Promise<Discovered['referrers']> {
    const text = await workbench.run('oras', ['discover', '--plain-http', '--format', 'json', ...flags, reference]);
    return (JSON.parse(text) as Discovered).referrers;
  }
});
