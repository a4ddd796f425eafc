import { describe, expect, test } from 'vitest';
import { type AppliedFlags, applyFlags } from '../../../src/config/apply-flags.ts';
import type { ImageConfig } from '../../../src/config/config.ts';
import type { Overrides } from '../../../src/config/overrides.ts';
import { parseConfig } from '../../../src/config/parse-config.ts';
import { formatPlatform, parsePlatform } from '../../../src/oci/platform.ts';

const hostPlatform = parsePlatform('linux/arm64');

function apply(overrides: Overrides, text = ''): AppliedFlags {
  const config = parseConfig(text, { file: 'p.yaml', folderName: 'app', hostPlatform });
  return applyFlags(config, overrides, {
    env: { HTTP_PROXY: 'http://proxy' },
    workingDirectory: '/work/sub',
    root: '/work',
    hostPlatform,
  });
}

function only(overrides: Overrides, text = ''): ImageConfig {
  const [image] = apply(overrides, text).config.images;
  if (image === undefined) throw new Error('there is no image');
  return image;
}

describe('applyFlags', () => {
  test('changes nothing where nothing is said', () => {
    const text = 'image: app\nvariants: {a: {args: {X: 1}}}\nplatforms: [{platform: linux/386, optional: true}]';
    const config = parseConfig(text, { file: 'p.yaml', folderName: 'app' });

    expect(apply({}, text)).toEqual({ config, push: false, load: false });
  });

  test('takes platforms with commas or repeated, in any spelling, each once, with the settings of the config', () => {
    const text = 'platforms: [{platform: linux/arm64, optional: true}, linux/s390x]';

    const { platforms } = only({ platforms: ['linux/amd64,linux/aarch64', 'linux/x86_64', 'local'] }, text);

    expect(platforms.map(({ platform, optional }) => [formatPlatform(platform), optional])).toEqual([
      ['linux/amd64', false],
      ['linux/arm64', true],
    ]);
  });

  test('lets build arguments win over image, variant and platform', () => {
    const text = 'args: {A: 1, B: 1}\nvariants: {v: {args: {A: 2}}}\nplatforms: [{platform: linux/386, args: {A: 3}}]';

    const image = only({ args: ['A=flag=x', 'C=', 'HTTP_PROXY', 'UNSET'] }, text);

    expect(image.variants[0]?.args).toEqual({ A: 'flag=x', B: '1', C: '', HTTP_PROXY: 'http://proxy' });
    expect(image.platforms[0]?.args).toMatchObject({ A: 'flag=x' });
  });

  test('joins labels, annotations and contexts', () => {
    const image = only(
      { labels: ['a=flag', 'c'], annotations: ['index:x=1'], contexts: ['base=../base', 'img=docker-image://alpine'] },
      'labels: {a: file, b: file}\nannotations: {y: 2}\ncontexts: {other: o}',
    );

    expect(image.labels).toEqual({ a: 'flag', b: 'file', c: '' });
    expect(image.annotations).toEqual({ y: '2', 'index:x': '1' });
    expect(image.contexts).toEqual({ other: 'o', base: 'base', img: 'docker-image://alpine' });
  });

  test.each([
    ['layout=oci-layout://dir', 'oci-layout://sub/dir'],
    ['layout=oci-layout://dir:tag', 'oci-layout://sub/dir:tag'],
    ['layout=oci-layout:///abs/dir', 'oci-layout://../abs/dir'],
    ['layout=https://example.com/x.tar', 'https://example.com/x.tar'],
    ['layout=target:base', 'target:base'],
    ['layout=.', 'sub'],
  ])('puts the path of --build-context %s where the config lies', (flag, place) => {
    expect(only({ contexts: [flag] }).contexts['layout']).toBe(place);
  });

  test('takes file, context and target for all variants, relative to where the user is', () => {
    const text = 'dockerfile: D\nvariants: {a: {dockerfile: A, context: a, target: t}, b: {}}';

    const file = only({ file: 'Dockerfile.dev', target: 'dev' }, text);
    const context = only({ context: '.' }, 'target: a');

    expect(file.dockerfile).toBe('sub/Dockerfile.dev');
    expect(file.variants).toEqual([
      { name: 'a', default: false, args: {}, context: 'a', target: 'dev' },
      { name: 'b', default: false, args: {}, target: 'dev' },
    ]);
    expect([context.context, context.dockerfile]).toEqual(['sub', 'sub/Dockerfile']);
    expect(only({ context: '..' }, text)).toMatchObject({ context: '.', dockerfile: 'D' });
  });

  test('takes tags as whole references in place of tag rules', () => {
    expect(only({ tags: ['app', 'ghcr.io/acme/app:1'] }).references).toEqual([
      'docker.io/library/app',
      'ghcr.io/acme/app:1',
    ]);
  });

  test.each([
    { outputs: ['oci:out'], disks: [{ kind: 'oci', path: 'sub/out' }], push: false, load: false },
    { outputs: ['type=oci,dest=a.tar'], disks: [{ kind: 'oci-archive', path: 'sub/a.tar' }], push: false, load: false },
    { outputs: ['type=oci,dest=a,tar=false'], disks: [{ kind: 'oci', path: 'sub/a' }], push: false, load: false },
    {
      outputs: ['type=docker,dest=/a.tar'],
      disks: [{ kind: 'docker-archive', path: '../a.tar' }],
      push: false,
      load: false,
    },
    { outputs: ['type=docker'], disks: [], push: false, load: true },
    { outputs: ['type=image,push=true'], disks: [], push: true, load: false },
    { outputs: ['type=registry'], disks: [], push: true, load: false },
  ])('reads --output $outputs', ({ outputs, disks, push, load }) => {
    const applied = apply({ outputs }, 'output: oci:file');

    expect([applied.push, applied.load]).toEqual([push, load]);
    expect(applied.config.images[0]?.outputs).toEqual(disks);
  });

  test('push, load, no cache, pull, ssh and network are what the flags say', () => {
    const applied = apply({ push: true, load: true, noCache: true, pull: true, ssh: ['default'], network: 'none' });

    expect(applied).toMatchObject({ push: true, load: true });
    expect(applied.config.images[0]).toMatchObject({ noCache: true, pull: true, ssh: ['default'], network: 'none' });
  });

  test('a secret of a flag takes the place of the one with its id', () => {
    const { secrets } = only(
      { secrets: ['id=a,src=key', 'id=c,type=env,src=VAR', 'id=d'] },
      'secrets: ["id=a,env=A", "id=b,env=B"]',
    );

    expect(secrets).toEqual([
      { id: 'b', env: 'B' },
      { id: 'a', file: 'sub/key' },
      { id: 'c', env: 'VAR' },
      { id: 'd' },
    ]);
  });
});

describe('choosing', () => {
  const text = 'images: {one: {variants: {a: {}, b: {}}}, two: {variants: {b: {}}}, three: {}}';

  function chosen(overrides: Overrides): readonly string[] {
    return apply(overrides, text).config.images.flatMap(({ name, variants }) =>
      variants.map((variant) => `${name}/${variant.name}`),
    );
  }

  test.each([
    [{}, ['one/a', 'one/b', 'two/b', 'three/']],
    [{ variants: ['b'] }, ['one/b', 'two/b']],
    [{ variants: ['b,a'] }, ['one/a', 'one/b', 'two/b']],
    [{ images: ['two', 'three'] }, ['two/b', 'three/']],
    [{ images: ['one'], variants: ['a'] }, ['one/a']],
  ])('%j leaves %j', (overrides, left) => {
    expect(chosen(overrides)).toEqual(left);
  });

  test('an unknown image or variant is told with the known ones', () => {
    expect(() => chosen({ images: ['thre'] })).toThrow(
      'Cannot choose the image "thre": expected one, two or three; did you mean "three"',
    );
    expect(() => chosen({ variants: ['c'] })).toThrow('Cannot choose the variant "c": expected a or b');
    expect(() => chosen({ images: ['three'], variants: ['b'] })).toThrow('the config has no variants');
    expect(() => chosen({ variants: ['c'] })).toThrow(expect.objectContaining({ code: 'SELECTION_UNKNOWN' }));
  });

  test('a name is given to one image alone', () => {
    expect(apply({ images: ['three'], name: 'new' }, text).config.images[0]?.name).toBe('new');
    expect(() => apply({ name: 'new' }, text)).toThrow('Cannot use --name "new": 3 images cannot have one name');
    expect(() => apply({ name: 'New' })).toThrow('Cannot use --name "New": expected lower-case letters');
  });
});

describe('a flag that is not of its form', () => {
  test.each<readonly [Overrides, string, string]>([
    [{ args: ['=x'] }, 'FLAG_MALFORMED', 'Cannot use --build-arg "=x": it has no name, expected NAME=VALUE'],
    [{ labels: ['=x'] }, 'FLAG_MALFORMED', 'Cannot use --label "=x"'],
    [{ annotations: ['x'] }, 'FLAG_MALFORMED', 'Cannot use --annotation "x": it has no value, expected NAME=VALUE'],
    [{ contexts: ['x='] }, 'FLAG_MALFORMED', 'Cannot use --build-context "x=": it has no value'],
    [{ network: 'bridge' }, 'FLAG_MALFORMED', 'Cannot use --network "bridge": expected default, none or host'],
    [{ tags: [`a@sha256:${'0'.repeat(64)}`] }, 'FLAG_MALFORMED', 'it has a digest, which a build cannot choose'],
    [{ tags: ['A'] }, 'REFERENCE_MALFORMED', 'A'],
    [{ platforms: ['linux/amd46'] }, 'PLATFORM_MALFORMED', 'did you mean "amd64"'],
    [{ outputs: ['dir'] }, 'OUTPUT_MALFORMED', 'Cannot read the output "dir": "dir" is no kind of output'],
    [{ outputs: ['oci:'] }, 'OUTPUT_MALFORMED', 'it names no path'],
    [{ outputs: ['type=local,dest=x'] }, 'OUTPUT_MALFORMED', '"local" is no type of output that can hold an index'],
    [{ outputs: ['type=oci'] }, 'OUTPUT_MALFORMED', 'it names no file with "dest"'],
    [{ outputs: ['type=image,name=x'] }, 'OUTPUT_MALFORMED', 'it says neither where to nor "push=true"'],
    [{ secrets: ['env=A'] }, 'SECRET_MALFORMED', 'it has no "id"'],
  ])('%j is %s', (overrides, code, message) => {
    expect(() => apply(overrides)).toThrow(expect.objectContaining({ code }));
    expect(() => apply(overrides)).toThrow(message);
  });
});
