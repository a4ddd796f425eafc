import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { StageInstruction } from '../../../src/dockerfile/instruction.ts';
import { parseDockerfile } from '../../../src/dockerfile/parse-dockerfile.ts';
import { isFault } from '../../../src/errors/fault.ts';

/** The one instruction of a stage, without its place. */
function instruction(text: string): Record<string, unknown> {
  const [first] = parseDockerfile(`FROM scratch\n${text}\n`).stages[0]?.instructions ?? [];
  if (first === undefined) throw new Error('No instruction');
  const { location: _location, original: _original, comments: _comments, ...rest } = first;
  return rest;
}

function reasonOf(text: string): string | undefined {
  try {
    instruction(text);
  } catch (error) {
    if (isFault(error)) return error.message.replace('Cannot parse Dockerfile: ', '');
    throw error;
  }
  return undefined;
}

const transfer = { sources: ['a'], inlineFiles: [], destination: '/b', link: false, exclude: [] };
const run = { mounts: [], network: 'default', security: 'sandbox', devices: [] };

describe('parseDockerfile', () => {
  test('tells stages, their names and what stands before them', () => {
    const { metaArgs, stages } = parseDockerfile(
      'ARG A=1 B\nFROM --platform=$BUILDPLATFORM golang:$A AS Build\nRUN x\nfrom scratch\nCOPY --from=build / /\n',
    );

    expect(metaArgs.map(({ args }) => args)).toEqual([[{ key: 'A', value: '1' }, { key: 'B' }]]);
    expect(stages.map(({ index, name, from }) => [index, name, from.base, from.platform])).toEqual([
      [0, 'build', 'golang:$A', '$BUILDPLATFORM'],
      [1, undefined, 'scratch', undefined],
    ]);
    expect(stages.map(({ instructions }) => instructions.map(({ name }) => name))).toEqual([['RUN'], ['COPY']]);
  });

  test('keeps place, text and comments of an instruction', () => {
    const [copy] = parseDockerfile('FROM a\n\n# why\n  COPY b \\\n  /c  \n').stages[0]?.instructions ?? [];

    expect(copy).toMatchObject({
      location: { startLine: 4, endLine: 5 },
      original: 'COPY b   /c',
      comments: ['why'],
    });
  });

  test.each<[string, Record<string, unknown>]>([
    ['RUN a', { ...run, name: 'RUN', command: { form: 'shell', words: ['a'], heredocs: [] } }],
    ['RUN ["a", "b"]', { ...run, name: 'RUN', command: { form: 'exec', words: ['a', 'b'], heredocs: [] } }],
    [
      'RUN --network=none --security=insecure --device=gpu,required a',
      {
        ...run,
        network: 'none',
        security: 'insecure',
        devices: ['gpu,required'],
        name: 'RUN',
        command: { form: 'shell', words: ['a'], heredocs: [] },
      },
    ],
    [
      'RUN --mount=type=cache,target=/x --mount=from=y,target=/z a',
      {
        ...run,
        name: 'RUN',
        command: { form: 'shell', words: ['a'], heredocs: [] },
        mounts: [{ text: 'type=cache,target=/x' }, { text: 'from=y,target=/z', from: 'y' }],
      },
    ],
    ['COPY a /b', { ...transfer, name: 'COPY', parents: false }],
    [
      'COPY --from=x --chown=1:2 --chmod=u+x --link --parents --exclude=*.o --exclude=*.a a /b',
      {
        ...transfer,
        name: 'COPY',
        from: 'x',
        chown: '1:2',
        chmod: 'u+x',
        link: true,
        parents: true,
        exclude: ['*.o', '*.a'],
      },
    ],
    ['COPY --link=False a /b', { ...transfer, name: 'COPY', parents: false }],
    ['ADD a /b', { ...transfer, name: 'ADD' }],
    [
      'ADD --checksum=sha256:1 --keep-git-dir --unpack=false a /b',
      { ...transfer, name: 'ADD', checksum: 'sha256:1', keepGitDir: true, unpack: false },
    ],
    [
      'COPY c <<"X" <<-Y /b\n$x\nX\n\ty\nY',
      {
        ...transfer,
        name: 'COPY',
        parents: false,
        sources: ['c'],
        inlineFiles: [
          { path: 'X', data: '$x\n', expand: false },
          { path: 'Y', data: 'y\n', expand: true },
        ],
      },
    ],
    ['ENV a=$b', { name: 'ENV', pairs: [{ key: 'a', value: '$b', spaced: false }] }],
    ['ENV a b c', { name: 'ENV', pairs: [{ key: 'a', value: 'b c', spaced: true }] }],
    [
      'LABEL "a b"=c d=',
      {
        name: 'LABEL',
        pairs: [
          { key: '"a b"', value: 'c', spaced: false },
          { key: 'd', value: '', spaced: false },
        ],
      },
    ],
    ['ARG a b= c="x y"', { name: 'ARG', args: [{ key: 'a' }, { key: 'b', value: '' }, { key: 'c', value: '"x y"' }] }],
    ['WORKDIR /a b', { name: 'WORKDIR', path: '/a b' }],
    ['USER a:b', { name: 'USER', user: 'a:b' }],
    ['EXPOSE 80 443/udp 1-3', { name: 'EXPOSE', ports: ['1-3', '443/udp', '80'] }],
    ['VOLUME ["/a", " /b "]', { name: 'VOLUME', volumes: ['/a', '/b'] }],
    ['ENTRYPOINT a b', { name: 'ENTRYPOINT', command: { form: 'shell', words: ['a b'], heredocs: [] } }],
    ['CMD []', { name: 'CMD', command: { form: 'exec', words: [], heredocs: [] } }],
    ['CMD', { name: 'CMD', command: { form: 'shell', words: [], heredocs: [] } }],
    ['SHELL ["a", "-c"]', { name: 'SHELL', words: ['a', '-c'] }],
    ['STOPSIGNAL SIGKILL', { name: 'STOPSIGNAL', signal: 'SIGKILL' }],
    ['HEALTHCHECK NONE', { name: 'HEALTHCHECK', check: { test: ['NONE'] } }],
    [
      'HEALTHCHECK --interval=1m30s --timeout=500ms --start-period=1h --start-interval=0 --retries=3 CMD a b',
      {
        name: 'HEALTHCHECK',
        check: {
          test: ['CMD-SHELL', 'a b'],
          intervalNs: 90e9,
          timeoutNs: 5e8,
          startPeriodNs: 3600e9,
          retries: 3,
        },
      },
    ],
    ['HEALTHCHECK CMD ["a"]', { name: 'HEALTHCHECK', check: { test: ['CMD', 'a'] } }],
    ['ONBUILD  COPY a b', { name: 'ONBUILD', expression: 'COPY a b' }],
    ['ONBUILD RUN <<E\nx\nE', { name: 'ONBUILD', expression: 'RUN <<E\nx\nE' }],
    ['MAINTAINER a <b>', { name: 'MAINTAINER', maintainer: 'a <b>' }],
  ])('understands %s', (text, expected) => {
    expect(instruction(text)).toEqual(expected);
  });

  test.each([
    ['COPY a', 'COPY requires at least two arguments, but only one was provided. Destination could not be determined'],
    ['ADD', 'ADD requires at least two arguments, but only one was provided. Destination could not be determined'],
    ['COPY a <<E\nE', 'COPY cannot accept a heredoc as a destination'],
    ['COPY --link=maybe a b', 'expecting boolean value for flag --link, not: maybe'],
    ['COPY --link= a b', 'missing a value on flag: --link'],
    ['COPY --from a b', 'missing a value on flag: --from'],
    ['COPY --from=x --from=y a b', 'duplicate flag specified: --from'],
    ['ADD --from=x a b', 'unknown flag: --from'],
    ['COPY --chwon=x a b', 'unknown flag: --chwon (did you mean chown?)'],
    ['RUN --mount=type=bind,from=$x a', "'from' doesn't support variable expansion, define alias stage instead"],
    ['RUN --mount=a\\"b a', 'failed to parse csv mounts: bare " in non-quoted-field'],
    ['RUN --network=off a', 'invalid network mode "off"'],
    ['RUN --security=loose a', 'security "loose" is not valid'],
    ['RUN --device=a,b a', "Cannot read --device=a,b: invalid field 'b' must be a key=value pair"],
    ['ENV', 'ENV requires at least one argument'],
    ['ENV =a', 'ENV names can not be blank'],
    ['ARG', 'ARG requires at least one argument'],
    ['ARG =a', 'ARG names can not be blank'],
    ['WORKDIR', 'WORKDIR requires exactly one argument'],
    ['USER', 'USER requires exactly one argument'],
    ['STOPSIGNAL', 'STOPSIGNAL requires exactly one argument'],
    ['MAINTAINER', 'MAINTAINER requires exactly one argument'],
    ['EXPOSE', 'EXPOSE requires at least one argument'],
    ['VOLUME', 'VOLUME requires at least one argument'],
    ['VOLUME [""]', 'VOLUME specified can not be an empty string'],
    ['SHELL []', 'SHELL requires at least one argument'],
    ['SHELL bash', 'SHELL requires the arguments to be in JSON form'],
    ['CMD --x a', 'unknown flag: --x'],
    ['HEALTHCHECK', 'HEALTHCHECK requires at least one argument'],
    ['HEALTHCHECK NONE a', 'HEALTHCHECK NONE takes no arguments'],
    ['HEALTHCHECK CMD', 'Missing command after HEALTHCHECK CMD'],
    ['HEALTHCHECK curl x', 'Unknown type "CURL" in HEALTHCHECK (try CMD)'],
    ['HEALTHCHECK --interval=5 CMD a', 'time: missing unit in duration "5"'],
    ['HEALTHCHECK --interval=x CMD a', 'time: invalid duration "x"'],
    ['HEALTHCHECK --interval=5y CMD a', 'time: unknown unit "y" in duration "5y"'],
    ['HEALTHCHECK --interval=5us CMD a', 'Interval "interval" cannot be less than 1ms'],
    ['HEALTHCHECK --retries=x CMD a', '--retries "x" is not a whole number'],
    ['HEALTHCHECK --retries=-1 CMD a', '--retries cannot be negative (-1)'],
    ['ONBUILD', 'ONBUILD requires at least one argument'],
    ['ONBUILD onbuild RUN x', "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"],
    ['ONBUILD FROM x', "FROM isn't allowed as an ONBUILD trigger"],
    ['ONBUILD MAINTAINER x', "MAINTAINER isn't allowed as an ONBUILD trigger"],
    ['FROM a b', 'FROM requires either one or three arguments'],
    ['FROM a AS 1b', 'invalid name for build stage: "1b", name can\'t start with a number or contain symbols'],
    ['FROM --os=x a', 'unknown flag: --os'],
    ['COPPY a b', 'unknown instruction: COPPY (did you mean COPY?)'],
    ['foo', 'unknown instruction: foo'],
  ])('refuses %s', (text, reason) => {
    expect(reasonOf(text)).toBe(reason);
  });

  test.each([
    ['RUN a', 'no build stage in current context'],
    ['ARG a', 'dockerfile contains no stages to build'],
  ])('refuses a file of %s alone', (text, reason) => {
    expect(() => parseDockerfile(text)).toThrow(`Cannot parse Dockerfile: ${reason}`);
  });

  test.each<[string, string]>([
    ['COPY --chwon=x a b', 'DOCKERFILE_FLAG_UNKNOWN'],
    ['COPPY a b', 'DOCKERFILE_INSTRUCTION_UNKNOWN'],
    ['COPY a', 'DOCKERFILE_SYNTAX'],
  ])('gives a code of its own to %s', (text, code) => {
    expect(() => instruction(text)).toThrow(expect.objectContaining({ code }));
  });

  test('shows the line with a caret under the word that is wrong', () => {
    const source = 'FROM a\nRUN b \\\n\t--x\nCOPY a \\\n  --b c\nCOPY \\\n\t--chonw=x d e\n';

    expect(() => parseDockerfile(source, { file: 'f' })).toThrow(
      expect.objectContaining({
        where: { file: 'f', line: 7, column: 2 },
        frame: '  6 | COPY \\\n> 7 | \t--chonw=x d e\n    | \t^^^^^^^',
      }),
    );
  });

  test('throws nothing but faults, whatever the text', () => {
    const word = fc.constantFrom(
      'FROM',
      'RUN',
      'COPY',
      'ADD',
      'ENV',
      'ARG',
      'LABEL',
      'EXPOSE',
      'VOLUME',
      'HEALTHCHECK',
      'ONBUILD',
      'SHELL',
      'CMD',
      '--from=a',
      '--mount=type=bind',
      '--interval=1s',
      '--x',
      '["a"]',
      '[',
      '"',
      "'",
      '\\',
      '$a',
      '${',
      '<<E',
      'E',
      '=',
      'a=b',
      '\n',
      '\r\n',
      '#',
      '# escape=`',
      '`',
      '/',
      '\u0000',
      '\uD800',
      'é',
      'AS',
      'NONE',
    );
    const texts = fc.oneof(
      fc.array(word, { maxLength: 30 }).map((words) => words.join(' ')),
      fc.string({ unit: 'binary' }),
    );

    fc.assert(
      fc.property(texts, (text) => isParsedOrRefused(`FROM a\n${text}`)),
      { numRuns: 400 },
    );
  });
});

function isParsedOrRefused(text: string): boolean {
  try {
    const instructions: readonly StageInstruction[] = parseDockerfile(text).stages.flatMap(
      (stage) => stage.instructions,
    );
    return instructions.every(({ location }) => location.startLine > 1);
  } catch (error) {
    if (isFault(error)) return error.where.line !== undefined && error.frame !== undefined;
    throw error;
  }
}
