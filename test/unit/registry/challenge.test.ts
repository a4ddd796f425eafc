import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseChallenges } from '../../../src/registry/challenge.ts';

const bearer = {
  scheme: 'bearer',
  parameters: { realm: 'https://auth.example.com/token', service: 'r', scope: 'a:b:c' },
};

describe('parseChallenges', () => {
  const cases: readonly (readonly [string, string, ReturnType<typeof parseChallenges>])[] = [
    ['bearer', 'Bearer realm="https://auth.example.com/token",service="r",scope="a:b:c"', [bearer]],
    ['any case', 'bEARER ReAlM="https://auth.example.com/token", SERVICE=r ,scope="a:b:c"', [bearer]],
    ['missing commas', 'Bearer realm="https://auth.example.com/token" service="r" scope="a:b:c"', [bearer]],
    ['no quotes', 'Bearer realm=https://auth.example.com/token,service=r,scope=a:b:c', [bearer]],
    ['basic', 'Basic realm="a \\"b\\" c"', [{ scheme: 'basic', parameters: { realm: 'a "b" c' } }]],
    [
      'charset',
      'Basic realm="x", charset="UTF-8"',
      [{ scheme: 'basic', parameters: { realm: 'x', charset: 'UTF-8' } }],
    ],
    ['a scheme alone', 'Negotiate', [{ scheme: 'negotiate', parameters: {} }]],
    [
      'two in one header',
      'Basic realm="x", Bearer realm="https://auth.example.com/token",service="r",scope="a:b:c"',
      [{ scheme: 'basic', parameters: { realm: 'x' } }, bearer],
    ],
    [
      'a comma in quotes',
      'Bearer scope="repository:a:pull,push"',
      [{ scheme: 'bearer', parameters: { scope: 'repository:a:pull,push' } }],
    ],
    [
      'an unclosed quote',
      'Bearer service="r",realm="https://auth',
      [{ scheme: 'bearer', parameters: { service: 'r' } }],
    ],
    ['a parameter twice', 'Bearer realm="a",realm="b"', [{ scheme: 'bearer', parameters: { realm: 'a' } }]],
    ['nothing', '', []],
    ['rubbish', '=,;"(', []],
  ];

  test.each(cases)('reads %s', (_, header, expected) => {
    expect(parseChallenges([header])).toEqual(expected);
  });

  test('reads every header, in order', () => {
    expect(parseChallenges(['Basic realm="x"', 'Bearer realm="y"']).map(({ scheme }) => scheme)).toEqual([
      'basic',
      'bearer',
    ]);
  });

  test('ends for any text, and reads back what is written by the rules', () => {
    const word = fc.stringMatching(/^[a-z]{1,8}$/);
    const value = fc.string({ maxLength: 20 }).filter((text) => !/[\r\n]/.test(text));
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), word, fc.dictionary(word, value), (noise, scheme, parameters) => {
        const written = Object.entries(parameters).map(([key, text]) => `${key}="${text.replace(/[\\"]/g, '\\$&')}"`);
        parseChallenges([noise]);
        expect(parseChallenges([`${scheme} ${written.join(', ')}`])).toEqual([
          { scheme, parameters: { ...parameters } },
        ]);
      }),
      { numRuns: 200 },
    );
  });
});
