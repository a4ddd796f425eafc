import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BuildSteps, isInstruction, type StepListener } from '../../../../src/engine/buildkit/build-steps.ts';
import { decodeMetadata, nodeOf } from '../../../../src/engine/buildkit/decode-metadata.ts';
import { decodeProgress } from '../../../../src/engine/buildkit/decode-progress.ts';
import { imageSteps } from '../../../../src/engine/buildkit/image-steps.ts';
import { isFault } from '../../../../src/errors/fault.ts';

const digest = `sha256:${'a'.repeat(64)}`;

/** Plays lines of progress, and tells what the listener heard. */
function play(lines: readonly unknown[]): { readonly steps: BuildSteps; readonly heard: readonly string[] } {
  const heard: string[] = [];
  const listener: StepListener = {
    started: ({ name }) => heard.push(`started ${name}`),
    progressed: ({ name }, { done, total }) => heard.push(`${name} ${done}/${total ?? '?'}`),
    ended: ({ name, state }) => heard.push(`${state} ${name}`),
    logged: ({ name }, line) => heard.push(`${name} | ${line}`),
    warned: ({ short, file, line }) => heard.push(`${file ?? ''}:${line ?? 0} ${short}`),
  };
  const steps = new BuildSteps(listener);
  for (const line of lines) {
    const progress = decodeProgress(JSON.stringify(line));
    if (progress.kind === 'message') steps.apply(progress.message);
  }
  steps.finish();
  return { steps, heard };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

const started = '2026-01-01T00:00:00Z';
const completed = '2026-01-01T00:00:01Z';

describe('decodeProgress', () => {
  test('reads a message of BuildKit, whatever else stands in it', () => {
    const line = `{"vertexes":[{"digest":"${digest}","name":"[1/2] RUN x","inputs":["b"],"started":"${started}","future":{}}],"more":1}`;

    expect(decodeProgress(line)).toMatchObject({
      kind: 'message',
      message: { vertexes: [{ digest, name: '[1/2] RUN x', inputs: ['b'], started }], statuses: [], logs: [] },
    });
  });

  test('reads a warning with its place', () => {
    const warning = {
      vertex: digest,
      level: 1,
      short: base64('Casing: mind it (line 6)'),
      detail: [base64('more')],
      url: 'https://example.com/rule',
      sourceInfo: { filename: 'Dockerfile', data: base64('FROM scratch') },
      range: [{ start: { line: 6 }, end: { line: 6 } }],
    };

    expect(decodeProgress(JSON.stringify({ warnings: [warning] }))).toMatchObject({
      message: {
        warnings: [{ short: 'Casing: mind it (line 6)', detail: ['more'], file: 'Dockerfile', line: 6 }],
      },
    });
  });

  test('takes what is no JSON for words of buildx', () => {
    expect(decodeProgress('ERROR: no builder "x" found')).toEqual({
      kind: 'text',
      text: 'ERROR: no builder "x" found',
    });
  });

  test.each([
    ['half a message', '{"vertexes":[{"digest":"sha'],
    ['a wrong list', '{"vertexes":5}'],
    ['a number for a name', '{"vertexes":[{"digest":"d","name":7}]}'],
    ['a log that is no base64', '{"logs":[{"vertex":"d","data":"%%%"}]}'],
    ['a fraction of a byte', '{"statuses":[{"id":"a","vertex":"d","current":0.5}]}'],
    ['some other object', '{"time":"now","level":"info"}'],
    ['nothing in it', '{}'],
  ])('is not shaken by %s', (_, line) => {
    expect(decodeProgress(line)).toEqual({ kind: 'unreadable' });
  });

  test('never throws, whatever it is given, and steps take whatever it gives', () => {
    const field = fc.constantFrom('vertexes', 'statuses', 'logs', 'warnings', 'other');
    const entry = fc.dictionary(
      fc.constantFrom(
        'digest',
        'vertex',
        'name',
        'data',
        'started',
        'completed',
        'error',
        'cached',
        'inputs',
        'id',
        'current',
        'total',
      ),
      fc.oneof(
        fc.string(),
        fc.constantFrom('d', 'e', started),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.array(fc.string()),
      ),
    );
    const message = fc.dictionary(field, fc.oneof(fc.array(entry, { maxLength: 4 }), fc.jsonValue()));

    fc.assert(
      fc.property(fc.array(fc.oneof(message, fc.jsonValue()), { maxLength: 6 }), fc.string(), (lines, text) => {
        play(lines);
        decodeProgress(text);
        decodeProgress(`{${text}`);
      }),
      { numRuns: 300 },
    );
  });
});

describe('BuildSteps', () => {
  test('tells of a step from its start to its end, with its bytes and its output', () => {
    const vertex = { digest, name: '[1/1] RUN make' };

    const { heard } = play([
      { vertexes: [vertex] },
      { vertexes: [{ ...vertex, started }] },
      { statuses: [{ id: 'pull', vertex: digest, current: 10, total: 100 }] },
      { statuses: [{ id: 'more', vertex: digest, current: 5 }] },
      { logs: [{ vertex: digest, stream: 1, data: base64('one\ntw') }] },
      { logs: [{ vertex: digest, stream: 2, data: base64('error\n') }] },
      { logs: [{ vertex: digest, stream: 1, data: base64('o') }] },
      { vertexes: [{ ...vertex, started, completed }] },
    ]);

    expect(heard).toEqual([
      'started [1/1] RUN make',
      '[1/1] RUN make 10/100',
      '[1/1] RUN make 15/?',
      '[1/1] RUN make | one',
      '[1/1] RUN make | error',
      '[1/1] RUN make | two',
      'done [1/1] RUN make',
    ]);
  });

  test('tells what came from the cache, and counts instructions alone', () => {
    const { steps, heard } = play([
      { vertexes: [{ digest: 'i', name: '[internal] load build context', started, completed }] },
      { vertexes: [{ digest: 'a', name: '[base 1/2] COPY . /', started, completed, cached: true }] },
      { vertexes: [{ digest: 'b', name: '[base 2/2] RUN make', started, completed }] },
      { vertexes: [{ digest: 'c', name: '[other 1/1] RUN never' }] },
      { vertexes: [{ digest: 'e', name: 'exporting to image', started, completed }] },
    ]);

    expect(heard).toContain('cached [base 1/2] COPY . /');
    expect(steps.counts).toEqual({ total: 2, cached: 1 });
    expect(steps.failed).toBeUndefined();
  });

  test('knows the step that failed, and ends what was running', () => {
    const { steps, heard } = play([
      { vertexes: [{ digest: 'a', name: '[a 1/1] RUN long', started }] },
      { vertexes: [{ digest: 'b', name: '[b 1/1] RUN false', started }] },
      { logs: [{ vertex: 'b', stream: 1, data: base64('oh no') }] },
      { vertexes: [{ digest: 'b', name: '[b 1/1] RUN false', started, completed, error: 'exit code: 1' }] },
    ]);

    expect(heard.slice(-3)).toEqual([
      '[b 1/1] RUN false | oh no',
      'failed [b 1/1] RUN false',
      'failed [a 1/1] RUN long',
    ]);
    expect(steps.failed).toMatchObject({ name: '[b 1/1] RUN false', error: 'exit code: 1', log: ['oh no'] });
  });

  test.each([
    ['was told before', ['exit code: 1', 'context canceled']],
    ['is told after', ['context canceled: context canceled', 'exit code: 1']],
  ])('takes no step that was cancelled for the one that failed, where that %s', (_, errors) => {
    const { steps } = play(
      errors.map((error, at) => ({ vertexes: [{ digest: `${at}`, name: error, started, completed, error }] })),
    );

    expect(steps.failed?.name).toBe('exit code: 1');
  });

  test('takes one that was cancelled where no other failed', () => {
    const vertex = { digest, name: '[1/1] RUN x', started, completed, error: 'context canceled' };

    expect(play([{ vertexes: [vertex] }]).steps.failed?.name).toBe('[1/1] RUN x');
  });

  test('keeps the end of a long output only', () => {
    const text = Array.from({ length: 500 }, (_, at) => `line ${at}`).join('\n');

    const { steps } = play([
      { vertexes: [{ digest, name: '[1/1] RUN x', started }] },
      { logs: [{ vertex: digest, stream: 1, data: base64(`${text}\n`) }] },
    ]);

    expect(steps.all[0]?.log).toHaveLength(40);
    expect(steps.all[0]?.log.at(-1)).toBe('line 499');
  });

  test.each([
    ['[1/3] FROM docker.io/library/debian', true],
    ['[linux/arm64 base 2/3] RUN make', true],
    ['[internal] load build context', false],
    ['exporting to image', false],
    ['[auth] acme/app:pull token for ghcr.io', false],
  ])('isInstruction tells whether %s is one', (name, expected) => {
    expect(isInstruction(name)).toBe(expected);
  });
});

describe('imageSteps', () => {
  test('follows FROM and not what is copied from', () => {
    const { steps } = play([
      {
        vertexes: [
          { digest: 'final', name: '[stage-2 2/2] RUN install', inputs: ['copy'] },
          { digest: 'copy', name: '[stage-2 1/2] COPY --from=build /a /a', inputs: ['b2', 'make'] },
          { digest: 'make', name: '[build 2/2] RUN make', inputs: ['bf'] },
          { digest: 'bf', name: '[build 1/2] FROM docker.io/library/golang' },
          { digest: 'b2', name: '[base 3/3] WORKDIR /srv', inputs: ['b1'] },
          { digest: 'b1', name: '[base 2/3] RUN apt', inputs: ['b0'] },
          { digest: 'b0', name: '[base 1/3] FROM docker.io/library/debian' },
          { digest: 'out', name: 'exporting to image' },
        ],
      },
    ]);

    expect(imageSteps(steps.all).map(({ name }) => name)).toEqual([
      '[base 2/3] RUN apt',
      '[base 3/3] WORKDIR /srv',
      '[stage-2 1/2] COPY --from=build /a /a',
      '[stage-2 2/2] RUN install',
    ]);
  });

  test('takes a stage on scratch for the lowest', () => {
    const { steps } = play([
      {
        vertexes: [
          { digest: 'copy', name: '[stage-1 1/1] COPY --from=build /a /a', inputs: ['make'] },
          { digest: 'make', name: '[build 1/1] RUN make', inputs: [] },
        ],
      },
    ]);

    expect(imageSteps(steps.all).map(({ digest: found }) => found)).toEqual(['copy']);
  });

  test('ends where steps need each other', () => {
    const { steps } = play([
      {
        vertexes: [
          { digest: 'a', name: '[a 1/1] RUN a', inputs: ['b'] },
          { digest: 'b', name: '[b 1/1] RUN b', inputs: ['a'] },
        ],
      },
    ]);

    expect(imageSteps(steps.all)).toEqual([]);
  });
});

describe('decodeMetadata', () => {
  const descriptor = { mediaType: 'application/vnd.oci.image.index.v1+json', digest, size: 856 };

  test('reads what buildx writes', () => {
    const written = {
      'buildx.build.provenance': {},
      'buildx.build.ref': 'farm/farm1/abc',
      'containerimage.descriptor': descriptor,
      'containerimage.digest': digest,
      'image.name': 'localhost/app',
    };

    const metadata = decodeMetadata(Buffer.from(JSON.stringify(written)));

    expect(metadata).toEqual({ digest, descriptor, ref: 'farm/farm1/abc' });
    expect(nodeOf(metadata)).toBe('farm1');
  });

  test('does without what an older buildx leaves out', () => {
    const metadata = decodeMetadata(Buffer.from(JSON.stringify({ 'containerimage.digest': digest })));

    expect(metadata).toEqual({ digest });
    expect(nodeOf(metadata)).toBeUndefined();
  });

  test.each([
    ['no digest', '{}'],
    ['a digest that is none', '{"containerimage.digest":"latest"}'],
    ['half a file', '{"containerimage.digest":"sha'],
    [
      'a size that is none',
      JSON.stringify({ 'containerimage.digest': digest, 'containerimage.descriptor': { ...descriptor, size: -1 } }),
    ],
  ])('refuses %s', (_, text) => {
    expect(() => decodeMetadata(Buffer.from(text))).toThrow(expect.objectContaining({ code: 'DOCUMENT_MALFORMED' }));
  });

  test('refuses every other file with that fault', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((text) => Buffer.from(text)),
        ),
        (bytes) => {
          try {
            decodeMetadata(bytes);
          } catch (error) {
            expect(isFault(error, 'DOCUMENT_MALFORMED')).toBe(true);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});
