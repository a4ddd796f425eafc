import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { splitPlatforms } from '../../../../src/engine/buildkit/builders/split-platforms.ts';

describe('splitPlatforms', () => {
  test.each([
    [
      'amd64',
      'linux/amd64',
      ['linux/amd64', 'linux/amd64/v2', 'linux/arm64', 'linux/386'],
      ['linux/amd64', 'linux/amd64/v2', 'linux/386'],
      ['linux/arm64'],
    ],
    [
      'arm64 with a 32-bit mode',
      'linux/arm64',
      ['linux/arm64', 'linux/amd64', 'linux/amd64/v2', 'linux/arm/v7', 'linux/arm/v6'],
      ['linux/arm64', 'linux/arm/v7', 'linux/arm/v6'],
      ['linux/amd64', 'linux/amd64/v2'],
    ],
    ['its own alone where nothing is listed', 'linux/s390x', [], ['linux/s390x'], []],
    [
      'declared platforms before its own',
      'linux/amd64',
      ['linux/arm64', 'linux/amd64'],
      ['linux/amd64'],
      ['linux/arm64'],
    ],
    ['names that we do not know', 'linux/amd64', ['linux/amd64', 'linux/x9000'], ['linux/amd64'], []],
  ])('gives %s', (_name, own, listed, native, emulated) => {
    expect(splitPlatforms(own, listed)).toEqual({ native, emulated });
  });

  test('takes 32-bit ARM for emulated where an emulator is known to run it', () => {
    expect(splitPlatforms('linux/arm64', ['linux/arm64', 'linux/arm/v7'], new Set(['arm']))).toEqual({
      native: ['linux/arm64'],
      emulated: ['linux/arm/v7'],
    });
  });

  test('puts every platform on one side, the own one first', () => {
    const names = ['linux/amd64', 'linux/amd64/v3', 'linux/386', 'linux/arm64', 'linux/arm/v7', 'linux/riscv64'];
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.shuffledSubarray(names), (own, listed) => {
        const { native, emulated } = splitPlatforms(own, listed);

        expect(native[0]).toBe(own);
        expect([...native, ...emulated].sort()).toEqual([...new Set([own, ...listed])].sort());
      }),
      { numRuns: 200 },
    );
  });
});
