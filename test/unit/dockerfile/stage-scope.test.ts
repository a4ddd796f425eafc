import { describe, expect, test } from 'vitest';
import { expandInstruction } from '../../../src/dockerfile/expand-instruction.ts';
import { exposedPorts } from '../../../src/dockerfile/exposed-ports.ts';
import { globalScope } from '../../../src/dockerfile/global-scope.ts';
import type { ArgInstruction, StageInstruction } from '../../../src/dockerfile/instruction.ts';
import { parseDockerfile } from '../../../src/dockerfile/parse-dockerfile.ts';
import { platformArgs } from '../../../src/dockerfile/platform-args.ts';
import { isProxyArg, proxyEnvironment } from '../../../src/dockerfile/proxy-environment.ts';
import { StageScope, type StageScopeOptions } from '../../../src/dockerfile/stage-scope.ts';
import { isStopSignal } from '../../../src/dockerfile/stop-signal.ts';

const linux = { os: 'linux', architecture: 'amd64' };

function scope(options: Partial<StageScopeOptions> = {}): StageScope {
  return new StageScope({ environment: [], globals: new Map(), ...options });
}

function instruction(text: string): StageInstruction {
  const [found] = parseDockerfile(`FROM a\n${text}\n`).stages[0]?.instructions ?? [];
  if (found === undefined) throw new Error('No instruction');
  return found;
}

function arg(text: string): ArgInstruction {
  const found = instruction(`ARG ${text}`);
  if (found.name !== 'ARG') throw new Error('No ARG');
  return found;
}

describe('platformArgs', () => {
  test('names both platforms and their parts', () => {
    expect(platformArgs({ os: 'linux', architecture: 'arm', variant: 'v7' }, linux)).toEqual({
      BUILDPLATFORM: 'linux/amd64',
      BUILDOS: 'linux',
      BUILDOSVERSION: '',
      BUILDARCH: 'amd64',
      BUILDVARIANT: '',
      TARGETPLATFORM: 'linux/arm/v7',
      TARGETOS: 'linux',
      TARGETOSVERSION: '',
      TARGETARCH: 'arm',
      TARGETVARIANT: 'v7',
    });
  });

  test('puts the version of an operating system behind its name', () => {
    const windows = { os: 'windows', architecture: 'amd64', 'os.version': '10.0.1' };

    expect(platformArgs(windows, linux)).toMatchObject({
      TARGETPLATFORM: 'windows(10.0.1)/amd64',
      TARGETOSVERSION: '10.0.1',
    });
  });
});

describe('globalScope', () => {
  const dockerfile = parseDockerfile('ARG A=1 B=$A-$TARGETARCH C\nARG A=2\nFROM a AS last\n');

  test('settles the args before the first FROM in order', () => {
    const globals = globalScope(dockerfile, { platformArgs: platformArgs(linux, linux) });

    expect([globals.get('A'), globals.get('B'), globals.has('C'), globals.get('TARGETSTAGE')]).toEqual([
      '2',
      '1-amd64',
      false,
      'last',
    ]);
  });

  test('prefers build args, also over those of the platform', () => {
    const buildArgs = { A: '9', C: '', TARGETARCH: 'x', OTHER: 'y' };
    const globals = globalScope(dockerfile, { platformArgs: platformArgs(linux, linux), buildArgs, target: 'other' });

    expect(['A', 'B', 'C', 'TARGETARCH', 'TARGETSTAGE'].map((name) => globals.get(name))).toEqual([
      '9',
      '9-x',
      '',
      'x',
      'other',
    ]);
    expect(globals.has('OTHER')).toBe(false);
  });
});

describe('StageScope', () => {
  const globals = new Map([['G', 'global']]);

  test('gives an ARG the build arg, else its default, else the global', () => {
    const stage = scope({ globals, buildArgs: { given: '1' }, environment: ['e=env'] });

    expect(stage.declare(arg('given=2 default=$e-$default G none'))).toEqual([
      { key: 'given', value: '1' },
      { key: 'default', value: 'env-' },
      { key: 'G', value: 'global' },
      { key: 'none' },
    ]);
    expect(stage.expand('$given $default $G [$none]')).toBe('1 env- global []');
  });

  test('does not know a global before an ARG names it', () => {
    expect(scope({ globals }).get('G')).toBeUndefined();
  });

  test('does not expand the default of an ARG that is given', () => {
    expect(scope({ buildArgs: { a: '1' } }).declare(arg('a=${b?}'))).toEqual([{ key: 'a', value: '1' }]);
    expect(() => scope().declare(arg('a=${b?}'))).toThrow('b: is not allowed to be unset');
  });

  test('lets the later of ENV and ARG win, and only ENV reach the image', () => {
    const stage = scope({ environment: ['PATH=/bin', 'a=1'] });

    stage.declare(arg('a=2 b=3'));
    expect(stage.get('a')).toBe('2');
    stage.setEnvironment('b', '4');
    stage.setEnvironment('PATH', '/x');

    expect(stage.imageEnvironment()).toEqual(['PATH=/x', 'a=1', 'b=4']);
    expect(Object.fromEntries(stage.runEnvironment())).toEqual({ PATH: '/x', a: '2', b: '4' });
    expect(stage.historyArgs()).toBe('|2 a=2 b=4 ');
  });

  test('hands args on to a stage that stands on it, below what the image says', () => {
    const parent = scope();
    parent.declare(arg('a=1 b=2'));
    parent.setEnvironment('c', '3');

    const child = scope({ parent, environment: [...parent.imageEnvironment(), 'b=image'] });

    expect(child.expand('$a $b $c')).toBe('1 image 3');
    expect(child.historyArgs()).toBe('|2 a=1 b=image ');
    expect(parent.get('b')).toBe('2');
  });

  test('keeps the args of attestations from commands, and tells them in history', () => {
    const stage = scope();
    stage.declare(arg('BUILDKIT_SBOM_SCAN_STAGE=true'));

    expect(stage.runEnvironment().size).toBe(0);
    expect(stage.historyArgs()).toBe('|1 BUILDKIT_SBOM_SCAN_STAGE=true ');
    expect(scope().historyArgs()).toBe('');
  });
});

describe('expandInstruction', () => {
  const stage = scope({ environment: ['a=1', 'b=x y'] });

  test.each<[string, Record<string, unknown>]>([
    ['ENV $a=$b', { pairs: [{ key: '1', value: 'x y', spaced: false }] }],
    ['LABEL "$a"=\'$b\'', { pairs: [{ key: '1', value: '$b', spaced: false }] }],
    ['WORKDIR /$a', { path: '/1' }],
    ['USER $a:"$b"', { user: '1:x y' }],
    ['VOLUME /$a', { volumes: ['/1'] }],
    ['STOPSIGNAL $a', { signal: '1' }],
    [
      'COPY --chown=$a --chmod=$a --exclude=$a $a $b',
      { chown: '1', chmod: '1', exclude: ['$a'], sources: ['1'], destination: 'x y' },
    ],
    ['ADD --checksum=$a $a b', { checksum: '1', sources: ['1'], destination: 'b' }],
    [
      'COPY <<A <<"B" /x\n"$a" \\$a\nA\n$a\nB',
      {
        inlineFiles: [
          { path: 'A', data: '"1" $a\n', expand: true },
          { path: 'B', data: '$a\n', expand: false },
        ],
      },
    ],
    ['RUN $a', { command: { form: 'shell', words: ['$a'], heredocs: [] } }],
    ['CMD ["$a"]', { command: { form: 'exec', words: ['$a'], heredocs: [] } }],
    ['MAINTAINER $a', { maintainer: '$a' }],
  ])('expands in %s what BuildKit expands', (text, expected) => {
    expect(expandInstruction(instruction(text), stage)).toMatchObject(expected);
  });
});

describe('exposedPorts', () => {
  const stage = scope({ environment: ['ports=81 82', 'one=90'] });

  function ports(text: string): readonly string[] {
    const expose = instruction(`EXPOSE ${text}`);
    return expose.name === 'EXPOSE' ? exposedPorts(expose, stage) : [];
  }

  test.each([
    ['80', ['80/tcp']],
    ['80/UDP 443', ['443/tcp', '80/udp']],
    ['8000-8002/sctp', ['8000/sctp', '8001/sctp', '8002/sctp']],
    ['$ports', ['81/tcp', '82/tcp']],
    ['$one/udp', ['90/udp']],
    ['127.0.0.1:8080:80', ['80/tcp']],
    ['[::1]:8080:80', ['80/tcp']],
    ['8000-8010:80', ['80/tcp']],
    ['$none', []],
  ])('lists the ports of EXPOSE %s', (text, expected) => {
    expect(ports(text)).toEqual(expected);
  });

  test.each([
    ['/tcp', 'no port specified'],
    ['80/x', 'invalid proto: x'],
    ['70000', 'invalid containerPort: 70000'],
    ['2-1', 'invalid containerPort: 2-1'],
    ['1-2-3', 'invalid containerPort: 1-2-3'],
    ['a', 'invalid containerPort: a'],
    ['x:80', 'invalid hostPort: x'],
    ['1-3:80-81', 'invalid ranges'],
    ['1.2.3:80:80', 'invalid IP address: 1.2.3'],
  ])('refuses EXPOSE %s', (text, reason) => {
    expect(() => ports(text)).toThrow(reason);
  });
});

test.each([
  ['SIGTERM', true],
  ['kill', true],
  ['9', true],
  ['RTMIN+15', true],
  ['SIGRTMAX-14', true],
  ['0', false],
  ['RTMIN+16', false],
  ['SIGNAL', false],
  ['', false],
])('isStopSignal judges %j as %s', (text, expected) => {
  expect(isStopSignal(text)).toBe(expected);
});

test('proxyEnvironment gives each proxy setting in both cases, and nothing else', () => {
  expect(Object.fromEntries(proxyEnvironment({ http_proxy: 'a', NO_PROXY: 'b', ALL_PROXY: '', X: 'y' }))).toEqual({
    HTTP_PROXY: 'a',
    http_proxy: 'a',
    NO_PROXY: 'b',
    no_proxy: 'b',
  });
  expect([isProxyArg('https_proxy'), isProxyArg('proxy')]).toEqual([true, false]);
});
