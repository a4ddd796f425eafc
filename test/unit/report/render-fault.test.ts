import { describe, expect, test } from 'vitest';
import { Fault } from '../../../src/errors/fault.ts';
import { choosePalette } from '../../../src/report/palette.ts';
import { describeFault, exitCodeOfError, renderFault, renderFaultJson } from '../../../src/report/render-fault.ts';
import { renderFinding, shortDigest } from '../../../src/report/render-finding.ts';
import { expectGolden } from './golden.ts';

const plain = choosePalette(false);

const inner = new Fault('PROCESS_FAILED', 'Cannot run `docker info`: it ended with exit code 1, expected exit code 0', {
  frame: 'Cannot connect to the Docker daemon',
  cause: new Error('read ECONNRESET'),
});

const whole = new Fault('CONTENT_MISSING', 'Cannot copy the image: a layer is not there', {
  where: { registry: 'ghcr.io', reference: 'ghcr.io/acme/app:1', side: 'source', platform: 'linux/arm64' },
  frame: '> 1 | FROM a\n    | ^^^^',
  hint: 'Push it again',
  cause: inner,
});

describe('renderFault', () => {
  test('tells message, place, source, causes, hint and code', () => {
    expectGolden('fault.txt', renderFault(whole, plain));
  });

  test('does not tell a place twice', () => {
    const where = { file: 'p.yaml', line: 3, column: 1 };

    expect(renderFault(new Fault('CONFIG_MALFORMED', 'Cannot use p.yaml:3:1: x', { where }), plain)).not.toContain(
      ' at ',
    );
    expect(renderFault(new Fault('CONFIG_MALFORMED', 'Cannot use it: x', { where }), plain)).toContain(
      '  at p.yaml:3:1\n',
    );
  });

  test('tells a repository with its registry, unless the message does', () => {
    const where = { registry: 'localhost:5000', repository: 'acme/app' };

    expect(renderFault(new Fault('IMAGE_MISSING', 'Cannot find the image "2"', { where }), plain)).toContain(
      '  at repository localhost:5000/acme/app\n',
    );
    expect(
      renderFault(new Fault('IMAGE_MISSING', 'Cannot find localhost:5000/acme/app', { where }), plain),
    ).not.toContain(' at ');
  });

  test('takes an error that is no fault for a fault of polyarch, with its stack', () => {
    const text = renderFault(new TypeError('x is not a function'), plain);

    expect(text).toMatch(/^error: x is not a function\n {2,}at .*render-fault\.test\.ts/);
    expect(text).toMatch(/hint: This is a fault of polyarch: please report it.*\ncode: INTERNAL$/);
  });

  test('names what was thrown and is no error', () => {
    expect(renderFault('text', plain)).toContain('error: text');
    expect(renderFault({ a: 1 }, plain)).toContain('error: something that is no error was thrown: {"a":1}');
    expect(renderFault(undefined, plain)).toContain('error: something that is no error was thrown');
  });

  test('follows five causes, also of an aggregate, and no circle', () => {
    const several = new AggregateError([new Error('one'), new Error('two', { cause: new Error('three') })], 'both');
    const circle = new Error('round');
    circle.cause = circle;

    expect(describeFault(several).causes?.map(({ message }) => message)).toEqual(['one', 'two', 'three']);
    expect(describeFault(circle).causes).toHaveLength(5);
  });

  test('lets no escape sequence through', () => {
    const text = renderFault(new Fault('USAGE', 'a\u001B[2Jb', { frame: 'c\u0007', hint: 'd\u009B' }), plain);

    expect(text).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F]/);
  });
});

describe('renderFaultJson', () => {
  test('holds the same as JSON', () => {
    expect(JSON.parse(renderFaultJson(whole))).toEqual({
      version: 1,
      kind: 'polyarch/error',
      message: whole.message,
      code: 'CONTENT_MISSING',
      hint: 'Push it again',
      frame: whole.frame,
      where: whole.where,
      causes: [
        { message: inner.message, code: 'PROCESS_FAILED', frame: inner.frame, where: {} },
        { message: 'read ECONNRESET' },
      ],
    });
  });
});

test('exitCodeOfError is that of the fault, else 70', () => {
  expect(exitCodeOfError(new Fault('USAGE', 'x'))).toBe(2);
  expect(exitCodeOfError(new Error('x'))).toBe(70);
});

describe('renderFinding', () => {
  test('shows level, rule, place, message and hint', () => {
    const lines = renderFinding(
      {
        rule: 'architecture-truth',
        level: 'error',
        message: '/bin/a is for x86-64',
        platform: 'linux/arm64',
        layer: `sha256:${'0'.repeat(64)}`,
        hint: 'Look',
      },
      plain,
    );

    expect(lines).toEqual([
      'error architecture-truth linux/arm64 layer sha256:000000000000',
      '  /bin/a is for x86-64',
      '  hint: Look',
    ]);
  });

  test('shortDigest keeps twelve digits', () => {
    expect(shortDigest(`sha512:${'f'.repeat(128)}`)).toBe('sha512:ffffffffffff');
  });
});
