import { describe, expect, test } from 'vitest';
import { describeStages } from '../../../src/dockerfile/describe-stage.ts';
import type { BuildInputs } from '../../../src/dockerfile/global-scope.ts';
import { parseDockerfile } from '../../../src/dockerfile/parse-dockerfile.ts';
import { platformArgs } from '../../../src/dockerfile/platform-args.ts';
import { type ResolvedStages, resolveStages, withTriggers } from '../../../src/dockerfile/resolve-stages.ts';

const inputs: BuildInputs = {
  platformArgs: platformArgs(
    { os: 'linux', architecture: 'arm', variant: 'v7' },
    { os: 'linux', architecture: 'amd64' },
  ),
};

function resolve(source: string, more: Partial<BuildInputs> = {}) {
  return resolveStages(parseDockerfile(source), { ...inputs, ...more });
}

/** The stages that are needed, by index, each with its base. */
function bases(source: string, more: Partial<BuildInputs> = {}) {
  return resolve(source, more).stages.map(({ stage, base }) => [stage.index, base]);
}

/** The text of the instructions of each stage that is needed, by index. */
function originals({ stages }: ResolvedStages) {
  return Object.fromEntries(
    stages.map(({ stage, instructions }) => [stage.index, instructions.map(({ original }) => original)]),
  );
}

describe('resolveStages', () => {
  test('keeps the stages that the target needs, each behind what it needs', () => {
    const source = [
      'FROM scratch AS unused',
      'FROM golang AS base',
      'FROM base AS one',
      'FROM scratch AS two',
      'FROM scratch AS result',
      'COPY --from=one / /',
      'RUN --mount=from=TWO,target=/x y',
      'FROM result AS last',
    ].join('\n');

    expect(resolve(source, { target: 'Result' }).stages.map(({ stage }) => stage.index)).toEqual([1, 2, 3, 4]);
    expect(resolve(source).target).toBe(5);
    expect(resolve(source, { target: 'unused' }).stages.map(({ stage }) => stage.index)).toEqual([0]);
  });

  test('tells what bases and references mean', () => {
    const source = [
      'FROM alpine:3 AS a',
      'FROM scratch',
      'FROM a',
      'COPY --from=0 / /',
      'COPY --from=A / /',
      'COPY --from=busybox / /',
      'RUN --mount=from=1,target=/x --mount=type=cache,target=/y z',
    ].join('\n');

    const { stages } = resolve(source);

    expect(stages.map(({ base }) => base)).toEqual([
      { kind: 'image', reference: 'alpine:3' },
      { kind: 'stage', stage: 0 },
    ]);
    expect([...(stages.at(-1)?.sources ?? [])].toSorted()).toEqual([
      ['0', { kind: 'stage', stage: 0 }],
      ['1', { kind: 'image', reference: '1' }],
      ['A', { kind: 'stage', stage: 0 }],
      ['busybox', { kind: 'image', reference: 'busybox' }],
    ]);
  });

  test('of two stages with one name takes the earlier for what stands between and the later for what follows', () => {
    const source = 'FROM a AS x\nFROM x AS y\nFROM b AS x\nFROM x AS z\nCOPY --from=x / /\nCOPY --from=y / /\n';

    expect(bases(source)).toEqual([
      [0, { kind: 'image', reference: 'a' }],
      [1, { kind: 'stage', stage: 0 }],
      [2, { kind: 'image', reference: 'b' }],
      [3, { kind: 'stage', stage: 2 }],
    ]);
  });

  test('finds a base stage by its name in lower case alone, and never by its number', () => {
    expect(bases('FROM a AS Base\nFROM base')).toHaveLength(2);
    expect(bases('FROM a AS Base\nFROM Base')).toEqual([[1, { kind: 'image', reference: 'Base' }]]);
    expect(bases('FROM a\nFROM 0')).toEqual([[1, { kind: 'image', reference: '0' }]]);
    expect(bases('FROM a AS a')).toEqual([[0, { kind: 'image', reference: 'a' }]]);
  });

  test('expands bases and platforms with the args before the first FROM and those of the platform', () => {
    const source = 'ARG V=1\nARG I=alpine:$V-$TARGETARCH\nFROM --platform=${P:-$BUILDPLATFORM} $I\n';

    expect(resolve(source).stages[0]).toMatchObject({
      base: { kind: 'image', reference: 'alpine:1-arm' },
      platform: 'linux/amd64',
      platformKind: 'build',
    });
    expect(resolve(source, { buildArgs: { V: '2', TARGETARCH: 'x' } }).stages[0]?.base).toEqual({
      kind: 'image',
      reference: 'alpine:2-x',
    });
  });

  test.each([
    ['FROM a', 'target', undefined],
    ['FROM --platform=$TARGETPLATFORM a', 'target', 'linux/arm/v7'],
    ['FROM --platform=$BUILDPLATFORM a', 'build', 'linux/amd64'],
    ['ARG P=$BUILDPLATFORM\nFROM --platform=$P a', 'build', 'linux/amd64'],
    ['ARG P=linux/s390x\nFROM --platform=$P a', 'fixed', 'linux/s390x'],
    ['FROM --platform=linux/$TARGETARCH a', 'target', 'linux/arm'],
    ['FROM --platform=$BUILDPLATFORM a AS b\nFROM --platform=linux/386 b', 'build', 'linux/amd64'],
  ])('tells what decides the platform of the last stage of %j', (source, platformKind, platform) => {
    const last = resolve(source).stages.at(-1);

    expect([last?.platformKind, last?.platform]).toEqual([platformKind, platform]);
  });

  test('lets named contexts stand for images and for whole stages', () => {
    const source = 'FROM docker.io/library/alpine:latest AS a\nRUN x\nFROM b:1\nCOPY --from=a / /\nCOPY --from=c / /\n';

    expect(bases(source, { contexts: ['alpine', 'b:1'] })).toEqual([
      [0, { kind: 'context', name: 'alpine' }],
      [1, { kind: 'context', name: 'b:1' }],
    ]);
    const { stages } = resolve(source, { contexts: ['a', 'c', 'scratch'] });
    expect(stages[0]).toMatchObject({ base: { kind: 'context', name: 'a' }, instructions: [] });
    expect(stages[1]?.sources).toEqual(
      new Map([
        ['a', { kind: 'stage', stage: 0 }],
        ['c', { kind: 'context', name: 'c' }],
      ]),
    );
    expect(bases('FROM scratch', { contexts: ['scratch'] })).toEqual([[0, { kind: 'scratch' }]]);
  });

  test('lets a stage read from a later one where a named context stands for that', () => {
    const source = 'FROM a\nCOPY --from=b / /\nFROM c AS b\n';

    expect(bases(`${source}FROM a`, { contexts: ['b'] })).toHaveLength(1);
    expect(() => resolve(`${source}FROM a AS d\n`)).not.toThrow();
  });

  test('adds the triggers of a base stage, and of a base image when they are known', () => {
    const source = 'FROM x AS tools\nFROM image AS a\nONBUILD RUN one\nRUN two\nFROM a AS b\nRUN three\nFROM b\n';

    const plain = resolve(source);
    const more = withTriggers(plain, 1, ['COPY --from=tools / /', 'ARG X=1']);

    expect(originals(plain)).toEqual({ 1: ['ONBUILD RUN one', 'RUN two'], 2: ['RUN one', 'RUN three'], 3: [] });
    expect(originals(more)).toEqual({
      0: [],
      1: ['COPY --from=tools / /', 'ARG X=1', 'ONBUILD RUN one', 'RUN two'],
      2: ['RUN one', 'RUN three'],
      3: [],
    });
    expect(plain.stages[1]?.instructions[0]?.location).toEqual({ startLine: 5, endLine: 5 });
    expect(more.stages[1]?.sources).toEqual(new Map([['tools', { kind: 'stage', stage: 0 }]]));
  });

  test('tells build args that nothing declares', () => {
    const buildArgs = { A: '1', B: '1', C: '1', TARGETOS: 'x', HTTP_PROXY: 'x', no_proxy: 'x', BUILDKIT_X: '1' };

    expect(resolve('ARG A\nFROM a\nARG C=2\n', { buildArgs }).unusedBuildArgs).toEqual(['B']);
  });

  test.each([
    ['FROM a AS x\nCOPY --from=x / /', {}, 'STAGE_CIRCULAR', 2, 'circular dependency detected on stage: x'],
    [
      'FROM a\nCOPY --from=1 / /\nFROM a\nCOPY --from=0 / /\nFROM a',
      {},
      'STAGE_CIRCULAR',
      4,
      'circular dependency detected on stage: stage-0',
    ],
    [
      'FROM a AS x\nCOPY --from=y / /\nFROM x AS y',
      {},
      'STAGE_ORDER',
      2,
      'cannot copy from stage "y", it needs to be defined before current stage "x"',
    ],
    [
      'FROM a\nRUN --mount=from=y,target=/y z\nFROM a AS y\nFROM a\nCOPY --from=0 / /',
      {},
      'STAGE_ORDER',
      2,
      'cannot mount from stage "y", it needs to be defined before current stage "stage-0"',
    ],
    ['FROM a\nCOPY --from=1 / /', {}, 'STAGE_UNKNOWN', 2, 'invalid stage index 1'],
    ['FROM a\nCOPY --from=-1 / /', {}, 'STAGE_UNKNOWN', 2, 'invalid stage index -1'],
    ['FROM a\nCOPY --from=$x / /', {}, 'DOCKERFILE_SYNTAX', 2, 'variable expansion is not supported for --from'],
    [
      'FROM a AS build',
      { target: 'biuld' },
      'STAGE_UNKNOWN',
      undefined,
      'target stage "biuld" could not be found (did you mean build?)',
    ],
    ['ARG X\nFROM a$X\nFROM $X', {}, 'DOCKERFILE_SYNTAX', 3, 'base name ($X) should not be blank'],
    [
      'FROM --platform=$TARGETPLATFROM a',
      {},
      'DOCKERFILE_SYNTAX',
      1,
      'empty platform value from expression $TARGETPLATFROM (did you mean TARGETPLATFORM?)',
    ],
    ['ARG X=${Y?}\nFROM a', {}, 'DOCKERFILE_EXPANSION', 1, 'Y: is not allowed to be unset'],
    ['FROM a AS x\nONBUILD COPY\nFROM x', {}, 'DOCKERFILE_SYNTAX', 1, 'Destination could not be determined'],
  ])('refuses %j', (source, more, code, line, reason) => {
    expect(() => resolve(source, more)).toThrow(
      expect.objectContaining({
        code,
        message: expect.stringContaining(reason),
        where: line === undefined ? { file: 'Dockerfile' } : expect.objectContaining({ line }),
      }),
    );
  });

  test.each([
    ['FROM a', 'FROM x', "FROM isn't allowed as an ONBUILD trigger"],
    ['FROM a', 'RUN x\nRUN y', 'onbuild trigger should be a single expression'],
  ])('refuses on %j the trigger %j', (source, trigger, reason) => {
    expect(() => withTriggers(resolve(source), 0, [trigger])).toThrow(reason);
    expect(() => withTriggers(resolve(source), 0, ['RUN x'])).not.toThrow();
  });

  test('does not look at what stages that are not needed read from, but for circles and numbers', () => {
    const source = 'FROM a AS x\nCOPY --from=y / /\nFROM a AS y\n';

    expect(bases(source, { target: 'y' })).toHaveLength(1);
    expect(() => resolve(source, { target: 'x' })).toThrow(expect.objectContaining({ code: 'STAGE_ORDER' }));
  });
});

describe('describeStages', () => {
  test('tells what each stage runs, where and on which paths', () => {
    const source = [
      'FROM --platform=$BUILDPLATFORM golang AS build',
      'COPY go.mod ./go.sum /src/',
      'RUN --mount=type=bind,source=vendor,target=/v --mount=type=cache,target=/c make',
      'FROM scratch',
      'COPY --from=build /out /',
      'COPY --from=certs:1 / /',
      'ADD https://example.org/x a/$b /x',
    ].join('\n');

    expect(describeStages(resolve(source))).toEqual([
      {
        index: 0,
        name: 'build',
        base: { kind: 'image', reference: 'golang' },
        platformKind: 'build',
        runs: true,
        contextPaths: ['go.mod', 'go.sum', 'vendor'],
        images: [],
      },
      {
        index: 1,
        base: { kind: 'scratch' },
        platformKind: 'target',
        runs: false,
        contextPaths: ['.'],
        images: ['certs:1'],
      },
    ]);
  });

  test('counts a bind mount of the whole context and one whose type is a variable', () => {
    expect(describeStages(resolve('FROM a\nRUN --mount=target=/x y'))[0]?.contextPaths).toEqual(['.']);
    expect(describeStages(resolve('FROM a\nRUN --mount=type=$T,target=/x y'))[0]?.contextPaths).toEqual(['.']);
    expect(describeStages(resolve('FROM a\nRUN --mount=type=tmpfs,target=/x y'))[0]?.contextPaths).toEqual([]);
  });
});
