import { describe, expect, test } from 'vitest';
import { parseDockerfile } from '../../../src/dockerfile/parse-dockerfile.ts';
import { platformArgs } from '../../../src/dockerfile/platform-args.ts';
import { type ResolvedStages, resolveStages } from '../../../src/dockerfile/resolve-stages.ts';
import { parsePlatform } from '../../../src/oci/platform.ts';
import { canonicalDockerfile } from '../../../src/plan/canonical-dockerfile.ts';
import { neededInputs } from '../../../src/plan/needed-inputs.ts';

interface Given {
  readonly target?: string;
  readonly args?: Readonly<Record<string, string>>;
  readonly contexts?: readonly string[];
  readonly platform?: string;
}

function resolved(
  text: string,
  { target, args = {}, contexts = [], platform = 'linux/arm64' }: Given = {},
): ResolvedStages {
  const parsed = parsePlatform(platform);
  return resolveStages(parseDockerfile(text), {
    buildArgs: args,
    platformArgs: platformArgs(parsed, parsed),
    contexts,
    ...(target === undefined ? {} : { target }),
  });
}

function sourcesOf(text: string, given?: Given): readonly string[] {
  return neededInputs(resolved(text, given), new Map()).selections.map(({ source }) => source);
}

function doubtsOf(text: string): readonly string[] {
  return neededInputs(resolved(text), new Map()).doubts;
}

describe('neededInputs', () => {
  test('takes the sources of COPY and ADD of the stages that the target needs', () => {
    const text =
      'FROM scratch AS a\nCOPY a.txt /\nFROM scratch AS b\nCOPY b.txt /\nFROM a\nADD c*.txt /\nCOPY --from=a /a.txt /d\n';

    expect(sourcesOf(text)).toEqual(['a.txt', 'c*.txt']);
    expect(sourcesOf(text, { target: 'b' })).toEqual(['b.txt']);
  });

  test('settles variables that ARG and ENV set', () => {
    const text = 'ARG DIR=x\nFROM scratch\nARG TARGETARCH\nARG DIR\nENV NAME=app\nCOPY $DIR/$NAME-${TARGETARCH} /\n';

    expect(sourcesOf(text)).toEqual(['x/app-arm64']);
    expect(sourcesOf(text, { platform: 'linux/amd64', args: { DIR: 'y' } })).toEqual(['y/app-amd64']);
  });

  test('takes everything where a variable is not known or names the machine that builds', () => {
    expect(sourcesOf('FROM alpine\nCOPY $SOMETHING /\n')).toEqual(['/']);
    expect(sourcesOf('FROM scratch\nARG BUILDARCH\nCOPY tool-$BUILDARCH /\n')).toEqual(['/']);
    expect(
      neededInputs(resolved('FROM alpine\nCOPY $THERE /\n'), new Map([[0, ['THERE=dir']]])).selections,
    ).toMatchObject([{ source: 'dir' }]);
  });

  test('takes what a RUN mounts from the context, and not what it mounts from elsewhere', () => {
    const text =
      'FROM alpine AS t\nFROM alpine\nRUN --mount=type=bind,source=src,target=/s --mount=type=cache,target=/c --mount=from=t,target=/t make\n';

    expect(sourcesOf(text)).toEqual(['src']);
    expect(sourcesOf('FROM alpine\nRUN --mount=target=/all make\n')).toEqual(['/']);
  });

  test('keeps --exclude and --parents', () => {
    const { selections } = neededInputs(resolved('FROM scratch\nCOPY --parents --exclude=*.md a/b /\n'), new Map());

    expect(selections).toEqual([{ source: 'a/b', exclude: ['*.md'], parents: true }]);
  });

  test('names images and contexts that are read', () => {
    const text =
      'FROM --platform=$BUILDPLATFORM golang:1 AS b\nFROM alpine\nCOPY --from=b /x /\nCOPY --from=nginx /y /\nCOPY --from=shared /z /\n';
    const { images, contexts } = neededInputs(resolved(text, { contexts: ['shared', 'unused'] }), new Map());

    expect(images).toEqual([
      { reference: 'golang:1', isForBuilder: true },
      { reference: 'alpine', isForBuilder: false },
      { reference: 'nginx', isForBuilder: false },
    ]);
    expect(contexts).toEqual(['shared']);
  });

  test.each([
    ['ADD https://example.com/a.tgz /', 1],
    [`ADD --checksum=sha256:${'a'.repeat(64)} https://example.com/a.tgz /`, 0],
    ['ADD https://github.com/acme/app.git#main /', 1],
    [`ADD https://github.com/acme/app.git#${'a'.repeat(40)} /`, 0],
    ['ADD $URL /', 1],
    ['ADD a.tgz /', 0],
  ])('%s leaves %i doubts', (line, count) => {
    expect(doubtsOf(`FROM scratch\n${line}\n`)).toHaveLength(count);
  });

  test('doubts a base that is named by the machine that builds', () => {
    expect(doubtsOf('FROM tool-$BUILDARCH\nARG X\n')).toHaveLength(1);
    expect(doubtsOf('FROM tool-$TARGETARCH\nARG X\n')).toEqual([]);
  });
});

describe('canonicalDockerfile', () => {
  const text = '# syntax=docker/dockerfile:1\nFROM alpine AS base\nRUN make\nFROM base\nCOPY a b /\n';

  function canonical(changed: string): string {
    return canonicalDockerfile(resolved(changed));
  }

  test.each([
    ['comments', text.replace('RUN', '# a comment\nRUN')],
    ['blank lines and line ends', text.replaceAll('\n', '\n\n').replace('\n\nFROM', '\nFROM')],
    ['the case of instructions', text.replace('COPY a b /', 'copy   a    b  /')],
    ['continued lines', text.replace('COPY a b', 'COPY a \\\n  b')],
    ['a stage that is not needed', text.replace('FROM alpine', 'FROM scratch AS other\nCOPY x /\nFROM alpine')],
  ])('is the same for %s', (_name, changed) => {
    expect(canonical(changed)).toBe(canonical(text));
  });

  test.each([
    ['the syntax', text.replace('dockerfile:1', 'dockerfile:1.7')],
    ['a command', text.replace('RUN make', 'RUN make all')],
    ['a base', text.replace('alpine', 'alpine:3.20')],
    ['a destination', text.replace('COPY a b /', 'COPY a b /app/')],
    ['an instruction more', `${text}USER 1000\n`],
    ['the order', text.replace('COPY a b /', 'COPY b a /')],
  ])('differs for %s', (_name, changed) => {
    expect(canonical(changed)).not.toBe(canonical(text));
  });
});
