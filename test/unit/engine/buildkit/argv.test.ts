import { describe, expect, test } from 'vitest';
import {
  assembleBuildArgv,
  type BuildPlace,
  secretArgsOf,
} from '../../../../src/engine/buildkit/assemble-build-argv.ts';
import { manualCommand } from '../../../../src/engine/buildkit/manual-command.ts';
import { canPush } from '../../../../src/engine/buildkit/push-ability.ts';
import type { Cell, Recipe } from '../../../../src/plan/cell.ts';
import { builderWith, cellWith, recipeWith } from '../../../support/buildkit-cell.ts';
import { fakeHost } from '../../../support/fake-host.ts';

function argvOf(
  recipe: Partial<Recipe>,
  { cell = {}, ...place }: Partial<BuildPlace> & { readonly cell?: Partial<Cell> } = {},
) {
  return assembleBuildArgv(cellWith({ ...cell, recipe: recipeWith(recipe) }), {
    builder: builderWith(),
    dockerfile: '/src/Dockerfile',
    contexts: {},
    output: { kind: 'push', repository: 'ghcr.io/acme/app' },
    cache: { from: [], to: [] },
    progress: 'rawjson',
    ...place,
  });
}

function valuesOf(argv: readonly string[], flag: string): readonly string[] {
  return argv.flatMap((word, at) =>
    word === flag ? [argv[at + 1] ?? ''] : word.startsWith(`${flag}=`) ? [word.slice(flag.length + 1)] : [],
  );
}

describe('assembleBuildArgv', () => {
  test('writes the whole command of a plain cell', () => {
    expect(argvOf({}, { metadata: '/tmp/m.json' })).toEqual([
      'buildx',
      'build',
      '--builder',
      'farm',
      '--progress=rawjson',
      '--platform',
      'linux/amd64',
      '--file',
      '/src/Dockerfile',
      '--metadata-file',
      '/tmp/m.json',
      '--output',
      'type=image,name=ghcr.io/acme/app,push-by-digest=true,name-canonical=true,push=true,store=false,oci-mediatypes=true,oci-artifact=false,compression=gzip',
      '/src',
    ]);
  });

  test.each<[string, Partial<Recipe>, string, readonly string[]]>([
    ['target', { target: 'runtime' }, '--target', ['runtime']],
    ['build args', { args: { A: '1', B: 'x=y z' } }, '--build-arg', ['A=1', 'B=x=y z']],
    ['a build arg that looks secret by its name alone', { args: { NPM_TOKEN: 'abc' } }, '--build-arg', ['NPM_TOKEN']],
    [
      'an arg that docker reads itself as it is',
      { args: { DOCKER_TOKEN: 'abc' } },
      '--build-arg',
      ['DOCKER_TOKEN=abc'],
    ],
    ['a secret of a variable', { secrets: [{ id: 'npm', env: 'NPM' }] }, '--secret', ['id=npm,env=NPM']],
    ['a secret that is named as its variable', { secrets: [{ id: 'NPM' }] }, '--secret', ['id=NPM,env=NPM']],
    ['a secret of a file', { secrets: [{ id: 'k', file: '/a,b/"k"' }] }, '--secret', ['id=k,"src=/a,b/""k"""']],
    ['ssh', { ssh: ['default', 'k=/key'] }, '--ssh', ['default', 'k=/key']],
    ['labels', { labels: { a: 'b', c: '' } }, '--label', ['a=b', 'c=']],
    ['annotations of the manifest', { annotations: { a: 'b' } }, '--annotation', ['manifest:a=b']],
    ['no network', { network: 'none' }, '--network', ['none']],
    ['the usual network by silence', { network: 'default' }, '--network', []],
    ['extra hosts', { extraHosts: { db: '10.0.0.1', v6: '::1' } }, '--add-host', ['db:10.0.0.1', 'v6:::1']],
    ['provenance', { provenance: 'mode=max' }, '--provenance', ['mode=max']],
    ['no provenance where it is unwanted', { provenance: 'false' }, '--provenance', ['false']],
    ['sbom', { sbom: 'true' }, '--sbom', ['true']],
    ['neither where nothing is said', {}, '--sbom', []],
  ])('gives %s', (_, recipe, flag, expected) => {
    expect(valuesOf(argvOf(recipe), flag)).toEqual(expected);
  });

  test('gives --no-cache and --pull only where they are asked for', () => {
    expect(argvOf({ noCache: true, pull: true })).toEqual(expect.arrayContaining(['--no-cache', '--pull']));
    expect(argvOf({})).not.toEqual(expect.arrayContaining(['--no-cache']));
    expect(argvOf({})).not.toEqual(expect.arrayContaining(['--pull']));
  });

  test('gives named contexts as they were resolved, not as they are written', () => {
    const argv = argvOf({ contexts: { base: 'oci-layout:///l' } }, { contexts: { base: 'oci-layout:///l@sha256:1' } });

    expect(valuesOf(argv, '--build-context')).toEqual(['base=oci-layout:///l@sha256:1']);
  });

  test('never lets a cache fail a build', () => {
    const to = ['type=registry,ref=r/c,mode=max', 'type=inline', 'acme/cache', 'type=gha,ignore-error=false'];

    const argv = argvOf({}, { cache: { from: ['type=gha'], to } });

    expect(valuesOf(argv, '--cache-from')).toEqual(['type=gha']);
    expect(valuesOf(argv, '--cache-to')).toEqual([
      'type=registry,ref=r/c,mode=max,ignore-error=true',
      'type=inline',
      'type=registry,ref=acme/cache,ignore-error=true',
      'type=gha,ignore-error=false',
    ]);
  });

  test.each<[string, Partial<Recipe>, Partial<BuildPlace>, string]>([
    [
      'zstd anew in every layer',
      { compression: { type: 'zstd', level: 9 } },
      {},
      ',compression=zstd,compression-level=9,force-compression=true',
    ],
    ['a level of gzip', { compression: { type: 'gzip', level: 9 } }, {}, ',compression=gzip,compression-level=9'],
    [
      'times rewritten where bytes must repeat',
      { compression: { type: 'gzip', reproducible: true } },
      { hasEpoch: true },
      ',compression=gzip,rewrite-timestamp=true',
    ],
    [
      'no times rewritten without a time',
      { compression: { type: 'gzip', reproducible: true } },
      {},
      ',compression=gzip',
    ],
  ])('asks for %s', (_, recipe, place, end) => {
    expect(valuesOf(argvOf(recipe, place), '--output')[0]?.endsWith(end)).toBe(true);
  });

  test('exports a layout or an archive where nothing is pushed', () => {
    expect(valuesOf(argvOf({}, { output: { kind: 'layout', folder: '/o,u/t' } }), '--output')).toEqual([
      'type=oci,tar=false,"dest=/o,u/t",oci-mediatypes=true,oci-artifact=false,compression=gzip',
    ]);
    expect(valuesOf(argvOf({}, { output: { kind: 'archive', file: '/a.tar' } }), '--output')).toEqual([
      'type=oci,dest=/a.tar,oci-mediatypes=true,oci-artifact=false,compression=gzip',
    ]);
  });

  test('switches to the context of a docker builder, and of no other', () => {
    const docker = builderWith({ driver: 'docker', context: 'graviton', name: 'graviton' });

    expect(argvOf({}, { builder: docker }).slice(0, 6)).toEqual([
      '--context',
      'graviton',
      'buildx',
      'build',
      '--builder',
      'graviton',
    ]);
    expect(argvOf({}, { builder: builderWith({ context: 'graviton' }) })[0]).toBe('buildx');
  });

  test('keeps values of secret args for the environment', () => {
    const recipe = recipeWith({ args: { A: '1', API_KEY: 'hidden', DOCKER_TOKEN: 'x' } });

    expect(secretArgsOf(recipe)).toEqual({ API_KEY: 'hidden' });
    expect(argvOf(recipe).join(' ')).not.toContain('hidden');
  });
});

describe('canPush', () => {
  test('asks the node that is meant, else all, else the driver', () => {
    const [able] = builderWith().nodes;
    const nodes = able === undefined ? [] : [able, { ...able, name: 'other', canPushByDigest: false }];
    const builder = builderWith({ nodes });

    expect(canPush(builder, { node: 'farm0' })).toBe(true);
    expect(canPush(builder, { node: 'other' })).toBe(false);
    expect(canPush(builder, {})).toBe(false);
    expect(canPush(builderWith({ nodes: [] }), {})).toBe(true);
    expect(canPush(builderWith({ nodes: [], driver: 'docker' }), {})).toBe(false);
  });
});

describe('manualCommand', () => {
  test('is what was run, for a reader, quoted and without secrets', () => {
    const host = fakeHost();
    host.redactor.add('hunter2');
    const recipe = recipeWith({
      args: { GREETING: "it's", API_TOKEN: 'hidden', ODD: 'has hunter2' },
      secrets: [{ id: 'npm', env: 'NPM' }],
    });

    const command = manualCommand(cellWith({ recipe, repository: 'ghcr.io/acme/app' }), builderWith(), host);

    expect(command).toContain('docker buildx build --builder farm --progress=plain');
    expect(command).toContain(
      String.raw`--build-arg 'GREETING=it'\''s' --build-arg API_TOKEN --build-arg 'ODD=has ***'`,
    );
    expect(command).toContain('--secret id=npm,env=NPM');
    expect(command).toContain('type=image,name=ghcr.io/acme/app,push-by-digest=true');
    expect(command).not.toMatch(/hidden|hunter2|metadata-file|rawjson/);
  });

  test('leaves an archive where nothing is pushed from the builder', () => {
    const kept = manualCommand(cellWith(), builderWith(), fakeHost());
    const docker = manualCommand(cellWith({ repository: 'r/a' }), builderWith({ driver: 'docker' }), fakeHost());

    for (const command of [kept, docker]) expect(command).toContain('type=oci,dest=app-linux-amd64.tar');
  });
});
