import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { didYouMean, nearest } from '../../../src/errors/nearest.ts';

const words = ['linux', 'windows', 'platforms', 'platform', 'dockerfile', 'context'];

describe('nearest', () => {
  test.each([
    ['linus', 'linux'],
    ['lniux', 'linux'],
    ['LINUX', 'linux'],
    ['platfroms', 'platforms'],
    ['platformss', 'platforms'],
    ['dokerfile', 'dockerfile'],
    ['cont', 'context'],
    ['win', 'windows'],
  ])('gives the word that %s most likely meant', (written, meant) => {
    expect(nearest(written, words)).toBe(meant);
  });

  test.each(['banana', 'x', '', 'plat', 'lx'])(
    'gives nothing for %j, which is near none or the beginning of several',
    (written) => {
      expect(nearest(written, words)).toBeUndefined();
    },
  );

  test('takes a swap of neighbours for likelier than a wrong letter', () => {
    expect(nearest('amr64', ['amd64', 'arm64'])).toBe('arm64');
    expect(nearest('amf64', ['amd64', 'arm64'])).toBe('amd64');
  });

  test('takes the first of two words that are equally near', () => {
    expect(nearest('bat', ['cat', 'hat'])).toBe('cat');
    expect(nearest('bat', ['hat', 'cat'])).toBe('hat');
  });

  test('gives a word itself, and a word with two neighbours swapped', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{4,12}$/), fc.nat(), (word, seed) => {
        const at = seed % (word.length - 1);
        const swapped = word.slice(0, at) + (word[at + 1] ?? '') + (word[at] ?? '') + word.slice(at + 2);

        expect(nearest(word, [word])).toBe(word);
        expect(nearest(swapped, [word])).toBe(word);
      }),
      { numRuns: 200 },
    );
  });
});

describe('didYouMean', () => {
  test('is a part of a sentence where a word is near, and empty where none is', () => {
    expect(didYouMean('linus', words)).toBe('; did you mean "linux"');
    expect(didYouMean('banana', words)).toBe('');
  });
});
