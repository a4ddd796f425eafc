import { describe, expect, test } from 'vitest';
import type { Config, ImageConfig } from '../../../src/config/config.ts';
import { defaultConfig } from '../../../src/config/default-config.ts';
import { parseConfig } from '../../../src/config/parse-config.ts';
import { formatPlatform, parsePlatform } from '../../../src/oci/platform.ts';

function parse(text: string): Config {
  return parseConfig(text, { file: 'p.yaml', folderName: 'My App!', hostPlatform: parsePlatform('linux/arm/v7') });
}

function only(text: string): ImageConfig {
  const [image] = parse(text).images;
  if (image === undefined) throw new Error('there is no image');
  return image;
}

function platformsOf(text: string): readonly string[] {
  return only(text).platforms.map(({ platform }) => formatPlatform(platform));
}

describe('defaultConfig', () => {
  test('builds the Dockerfile of the folder for amd64 and arm64 and publishes nothing', () => {
    const config = defaultConfig({ folderName: 'app' });

    expect(config).toEqual(parseConfig('', { file: 'p.yaml', folderName: 'app' }));
    expect(config.images).toHaveLength(1);
    expect(config.images[0]).toMatchObject({
      name: 'app',
      context: '.',
      dockerfile: 'Dockerfile',
      repositories: [],
      outputs: [],
      variants: [{ name: '', default: true, args: {} }],
      compression: { type: 'gzip', reproducible: false },
      cache: 'none',
    });
    expect(config.images[0]?.platforms.map(({ platform }) => formatPlatform(platform))).toEqual([
      'linux/amd64',
      'linux/arm64',
    ]);
  });
});

describe('names', () => {
  test.each([
    ['image: ghcr.io/acme/server', 'server'],
    ['repositories: [docker.io/acme/web]', 'web'],
    ['name: own\nimage: ghcr.io/acme/server', 'own'],
    ['target: a', 'my-app'],
    ['images: {worker: {repositories: [ghcr.io/acme/other]}}', 'worker'],
  ])('%j is called %s', (text, name) => {
    expect(only(text).name).toBe(name);
  });

  test('image is the first of the repositories, in full', () => {
    const { repositories } = only('image: app\nrepositories: [{name: ghcr.io/acme/app, required: false, when: env.A}]');

    expect(repositories).toEqual([
      { name: 'docker.io/library/app', required: true, public: false, insecure: false },
      { name: 'ghcr.io/acme/app', required: false, public: false, insecure: false, when: 'env.A' },
    ]);
  });
});

describe('platforms', () => {
  test.each([
    ['linux/x86_64', 'linux/amd64'],
    ['linux/aarch64', 'linux/arm64'],
    ['linux/arm64/v8', 'linux/arm64'],
    ['linux/armhf', 'linux/arm/v7'],
    ['linux/armv6l', 'linux/arm/v6'],
    ['arm64', 'linux/arm64'],
    ['local', 'linux/arm/v7'],
    ['linux/$(uname -m)', 'linux/arm/v7'],
  ])('%s is %s', (written, normal) => {
    expect(platformsOf(`platforms: ["${written}"]`)).toEqual([normal]);
  });

  test('stay in the order they are written in', () => {
    expect(platformsOf('platforms: [linux/s390x, linux/386, linux/amd64]')).toEqual([
      'linux/s390x',
      'linux/386',
      'linux/amd64',
    ]);
  });

  test('one that is this machine by another name is built once', () => {
    expect(platformsOf('platforms: [linux/arm/v7, "linux/$(uname -m)", linux/amd64]')).toEqual([
      'linux/arm/v7',
      'linux/amd64',
    ]);
  });

  test('this machine is a fault where nobody says what it is', () => {
    const text = 'platforms: [local]';

    expect(() => parseConfig(text, { file: 'p.yaml', folderName: 'app' })).toThrow(
      'Cannot read the platform "local": the platform of this machine is not known here',
    );
  });

  test('carry their settings, emulation from the image where they say none', () => {
    const { platforms } = only(
      'emulation: refuse\nplatforms: [linux/386, {platform: linux/arm, optional: true, carryForward: 36h, args: {GOARM: 7}, emulation: allow}]',
    );

    expect(platforms).toMatchObject([
      { optional: false, args: {}, emulation: 'refuse' },
      { optional: true, carryForwardDays: 1.5, args: { GOARM: '7' }, emulation: 'allow' },
    ]);
    expect(platforms[0]).not.toHaveProperty('carryForwardDays');
  });
});

describe('variants', () => {
  test('have the arguments and target of the image below their own', () => {
    const { variants } = only(
      'target: base\nargs: {A: 1, B: 1}\nvariants: {x: {args: {B: 2}, default: true}, y: {target: own, suffix: -why, platforms: [linux/aarch64]}}',
    );

    expect(variants).toEqual([
      { name: 'x', default: true, args: { A: '1', B: '2' }, target: 'base' },
      {
        name: 'y',
        default: false,
        args: { A: '1', B: '1' },
        target: 'own',
        suffix: '-why',
        platforms: ['linux/arm64'],
      },
    ]);
  });

  test('with a context of their own have the Dockerfile in it, unless one is written', () => {
    expect(only('variants: {x: {context: x}}').variants[0]).toMatchObject({ context: 'x', dockerfile: 'x/Dockerfile' });
    expect(only('dockerfile: D\nvariants: {x: {context: x}}').variants[0]).not.toHaveProperty('dockerfile');
    expect(only('variants: {x: {context: x, dockerfile: E}}').variants[0]).toMatchObject({ dockerfile: 'E' });
  });
});

describe('several images', () => {
  const text = [
    'platforms: [linux/amd64, linux/s390x]',
    'args: {A: 1, B: 1}',
    'labels: {l: root}',
    'cache: registry',
    'images:',
    '  one: {args: {B: 2}, labels: {m: own}}',
    '  two: {platforms: [linux/386], cache: none, context: sub}',
  ].join('\n');

  test('take from the root what they do not say, and join maps key by key', () => {
    const [one, two] = parse(text).images;

    expect(one?.platforms.map(({ platform }) => platform.architecture)).toEqual(['amd64', 's390x']);
    expect(one?.variants[0]?.args).toEqual({ A: '1', B: '2' });
    expect(one?.labels).toEqual({ l: 'root', m: 'own' });
    expect(one?.cache).toBe('registry');
    expect(two?.platforms.map(({ platform }) => platform.architecture)).toEqual(['386']);
    expect(two).toMatchObject({ cache: 'none', context: 'sub', dockerfile: 'sub/Dockerfile', labels: { l: 'root' } });
  });
});

describe('other keys', () => {
  test('tags and flavor are a list or a block of text', () => {
    const list = only('tags: [type=sha, "type=raw,value=a#b"]');
    const block = only('tags: |\n  type=sha\n\n  # not this\n  type=raw,value=a#b\nflavor: |\n  latest=false\n');

    expect(block.tags).toEqual(list.tags);
    expect(block.tags).toEqual(['type=sha', 'type=raw,value=a#b']);
    expect(block.flavor).toEqual(['latest=false']);
  });

  test('short forms are the long ones', () => {
    const long = only('compression: {type: zstd}\ncache: {type: gha}\noutput: ["oci:x"]\nsecrets: [{id: a, env: B}]');
    const short = only('compression: zstd\ncache: gha\noutput: oci:x\nsecrets: ["id=a,env=B"]');

    expect(short).toEqual({ ...long });
    expect(short.outputs).toEqual([{ kind: 'oci', path: 'x' }]);
  });

  test('tests are named after what they do', () => {
    const { tests } = only(
      'tests: [{run: [node, --version]}, {http: {port: 80}}, {user: 1000}, {file: {path: /a, mode: 0755}}, {name: own, run: "a b", timeout: 5s, platforms: [linux/aarch64]}]',
    );

    expect(tests).toMatchObject([
      { name: 'node --version', run: { command: ['node', '--version'], exitCode: 0 }, timeoutMs: 60_000 },
      { name: 'http 80/', http: { port: 80, path: '/', status: 200 } },
      { name: 'user 1000', user: '1000' },
      { name: 'file /a', file: { path: '/a', exists: true, mode: '0755' } },
      { name: 'own', run: { command: 'a b' }, timeoutMs: 5000, platforms: ['linux/arm64'] },
    ]);
  });

  test('builders and ci are normalised', () => {
    const { builders, ci } = parse(
      'builders: [{name: a, platforms: [linux/aarch64], options: {replicas: 4}}]\nci: {runners: {linux/x86_64: ubuntu, linux/aarch64: [a, b]}, pullRequest: {platforms: [linux/x86_64], comment: true}}',
    );

    expect(builders).toEqual([{ name: 'a', options: { replicas: '4' }, platforms: ['linux/arm64'] }]);
    expect(ci).toMatchObject({
      provider: 'hosted',
      runners: { 'linux/amd64': ['ubuntu'], 'linux/arm64': ['a', 'b'] },
      timeoutMs: 3_600_000,
      pullRequest: { platforms: ['linux/amd64'], comment: true, description: false },
    });
  });

  test('attestations are what BuildKit reads', () => {
    expect(only('provenance: mode=max\nsbom: true')).toMatchObject({ provenance: 'mode=max', sbom: 'true' });
    expect(only('target: a')).not.toHaveProperty('provenance');
  });

  test('reserved keys are named once', () => {
    const text =
      'images: {a: {tests: [{run: x}], platforms: [{platform: linux/386, optional: true, carryForward: 3d}]}, b: {tests: []}}\nci: {}';

    expect(parse(text).reservedKeys).toEqual(['tests']);
    expect(parse('context: .').reservedKeys).toEqual([]);
  });
});
