import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { annotationOf, formatAnnotation, formatGroup } from '../../../src/ci/workflow-commands.ts';

const problem = {
  code: 'DOCKERFILE_MALFORMED',
  message: 'Cannot read it',
  hint: 'Look at it',
  where: { file: '/repo/app/Dockerfile', line: 3, column: 5 },
};
const place = { workspace: '/repo', workingDirectory: '/repo/app' };

describe('formatAnnotation', () => {
  test('names file, line and column', () => {
    expect(formatAnnotation(annotationOf(problem, place))).toBe(
      '::error file=app/Dockerfile,line=3,col=5,title=DOCKERFILE_MALFORMED::Cannot read it%0ALook at it',
    );
  });

  test.each([
    ['Dockerfile', 'app/Dockerfile'],
    ['../other/Dockerfile', 'other/Dockerfile'],
    ['/elsewhere/Dockerfile', undefined],
    ['../../Dockerfile', undefined],
    [undefined, undefined],
  ])('places %s at %s of the repository', (file, path) => {
    const where = file === undefined ? {} : { file, line: 3 };

    expect(annotationOf({ ...problem, where }, place)).toMatchObject(path === undefined ? {} : { file: path, line: 3 });
    expect(annotationOf({ ...problem, where }, place).file).toBe(path);
  });

  test('stays one command whatever it holds', () => {
    const text = fc.string({ unit: fc.constantFrom('a', ':', ',', '%', '\n', '\r', '=', '::error::') });

    fc.assert(
      fc.property(text, text, text, (title, message, file) => {
        const line = formatAnnotation({ level: 'error', title, message, file, line: 1 });
        const [, properties = '', data = ''] = /^::error ([^:\r\n]*)::([^\r\n]*)$/.exec(line) ?? [];
        expect(properties.split(',')).toHaveLength(3);
        expect(decodeURIComponent(data)).toBe(message);
      }),
    );
  });
});

describe('formatGroup', () => {
  test('folds away what stands between two lines', () => {
    expect(formatGroup('a\n::error::b')).toEqual({ begin: '::group::a%0A::error::b', end: '::endgroup::' });
  });
});
