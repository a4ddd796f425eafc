import fc from 'fast-check';
import parse from 'semver/functions/parse.js';
import { describe, expect, test } from 'vitest';
import { compareVersions, parseSemanticVersion } from '../../../src/plan/semantic-version.ts';

const part = fc.constantFrom('0', '1', '2', '10', '01', '9007199254740993');
const tail = fc.constantFrom(
  '',
  '-',
  '-0',
  '-1',
  '-01',
  '-rc',
  '-rc.1',
  '-rc.2',
  '-rc.11',
  '-rc.1.x',
  '-a-b',
  '-é',
  '-1a',
);
const build = fc.constantFrom('', '+', '+b.1', '+é');
const text = fc
  .tuple(fc.constantFrom('', 'v', 'vv'), part, part, part, tail, build)
  .map(([prefix, major, minor, patch, pre, meta]) => `${prefix}${major}.${minor}.${patch}${pre}${meta}`);

const digit = fc.constantFrom('0', '1', '10');
const soundTail = fc.constantFrom(
  '',
  '',
  '-0',
  '-1',
  '-10',
  '-rc',
  '-rc.1',
  '-rc.2',
  '-rc.11',
  '-rc.1.x',
  '-a-b',
  '-1a',
);
const sound = fc.tuple(digit, digit, soundTail).map(([minor, patch, pre]) => `1.${minor}.${patch}${pre}+b`);

describe('a semantic version', () => {
  test('is read as the package semver reads it', () => {
    fc.assert(
      fc.property(text, (written) => {
        expect(parseSemanticVersion(written)?.text).toBe(parse(written)?.version);
      }),
      { numRuns: 500 },
    );
  });

  test('is ordered as the package semver orders it', () => {
    fc.assert(
      fc.property(sound, sound, (one, other) => {
        const [first, second] = [one, other].map((written) => parseSemanticVersion(written));
        if (first === undefined || second === undefined) throw new Error('both are versions');
        expect(Math.sign(compareVersions(first, second))).toBe(parse(one)?.compare(other));
      }),
      { numRuns: 300 },
    );
  });

  test('is no word and no part of one', () => {
    for (const written of [undefined, '', '1', '1.2', '1.2.3.4', 'latest', `1.2.3-${'a'.repeat(300)}`])
      expect(parseSemanticVersion(written)).toBeUndefined();
  });
});
