import { describe, expect, test } from 'vitest';
import { parsePlatform } from '../../../src/oci/platform.ts';
import {
  chooseByPlatform,
  comparePlatforms,
  matchPlatform,
  matchPlatformStrictly,
} from '../../../src/oci/platform-match.ts';
import { compareNatural } from '../../../src/oci/variant-order.ts';

interface MatchCase {
  readonly wanted: string;
  readonly loose: string;
  readonly strict: string;
  readonly never: string;
}

/** `loose`: only with fallbacks; `strict`: always; `never`: not at all. As containerd's Only and OnlyStrict decide. */
const cases: readonly MatchCase[] = [
  {
    wanted: 'linux/amd64',
    strict: 'linux/amd64',
    loose: 'linux/386',
    never: 'linux/amd64/v2 linux/arm/v7 windows/amd64',
  },
  {
    wanted: 'linux/amd64/v3',
    strict: 'linux/amd64/v3',
    loose: 'linux/amd64/v2 linux/amd64 linux/386',
    never: 'linux/amd64/v4 linux/arm64',
  },
  { wanted: 'linux/386', strict: 'linux/386', loose: '', never: 'linux/amd64 linux/arm64' },
  {
    wanted: 'windows/amd64',
    strict: 'windows/amd64 windows(10.0.17763)/amd64',
    loose: '',
    never: 'linux/amd64 windows/arm64',
  },
  {
    wanted: 'windows(10.0.17763)/amd64',
    strict: 'windows/amd64 windows(10.0.17763.9)/amd64',
    loose: '',
    never: 'windows(10.0.20348)/amd64',
  },
  {
    wanted: 'windows(10.0.26100)/amd64',
    strict: 'windows(10.0.20348)/amd64 windows(10.0.26100.7)/amd64',
    loose: '',
    never: 'windows(10.0.17763)/amd64 windows(10.0.26101)/amd64 windows(11.0.20348)/amd64',
  },
  {
    wanted: 'linux/arm/v8',
    strict: 'linux/arm/v8',
    loose: 'linux/arm linux/arm/v6 linux/arm/v5',
    never: 'linux/arm/v4 linux/arm/v9 linux/arm64',
  },
  {
    wanted: 'linux/arm/v7',
    strict: 'linux/arm',
    loose: 'linux/arm/v6 linux/arm/v5',
    never: 'linux/arm/v4 linux/arm/v8 linux/arm64',
  },
  { wanted: 'linux/arm/v6', strict: 'linux/arm/v6', loose: 'linux/arm/v5', never: 'linux/arm linux/arm/v8' },
  { wanted: 'linux/arm/v5', strict: 'linux/arm/v5', loose: '', never: 'linux/arm/v6 linux/arm/v4' },
  { wanted: 'linux/arm/v4', strict: 'linux/arm/v4', loose: '', never: 'linux/arm/v5 linux/arm' },
  {
    wanted: 'linux/arm64',
    strict: 'linux/arm64/v8 linux/aarch64',
    loose: 'linux/arm/v8 linux/arm linux/arm/v6 linux/arm/v5',
    never: 'linux/arm/v4 linux/arm/v9 linux/arm64/v9 linux/arm64/v8.1 linux/amd64',
  },
  {
    wanted: 'linux/arm64/v8.1',
    strict: 'linux/arm64/v8.1',
    loose: 'linux/arm64 linux/arm/v8 linux/arm/v5',
    never: 'linux/arm64/v8.2 linux/arm64/v9 linux/arm/v9',
  },
  {
    wanted: 'linux/arm64/v9',
    strict: 'linux/arm64/v9.0',
    loose: 'linux/arm64/v8.5 linux/arm64 linux/arm',
    never: 'linux/arm64/v8.6 linux/arm64/v9.1',
  },
  {
    wanted: 'linux/arm64/v9.6',
    strict: 'linux/arm64/v9.6',
    loose: 'linux/arm64/v9.2 linux/arm64/v8.9',
    never: 'linux/arm64/v8.10 linux/arm64/v9.7',
  },
  {
    wanted: 'linux/ppc64le/power10',
    strict: 'linux/ppc64le/power10',
    loose: 'linux/ppc64le/power9 linux/ppc64le',
    never: 'linux/ppc64le/power11 linux/ppc64/power9',
  },
  { wanted: 'linux/ppc64le', strict: 'linux/ppc64le', loose: '', never: 'linux/ppc64le/power8' },
  {
    wanted: 'linux/riscv64/rva23u64',
    strict: 'linux/riscv64/rva23u64',
    loose: 'linux/riscv64/rva20u64',
    never: 'linux/riscv64/rva20s64',
  },
  { wanted: 'linux(+gpu)/arm64', strict: 'linux/arm64 linux(+gpu)/arm64', loose: '', never: 'linux(+gpu+simd)/arm64' },
];

function offer(text: string) {
  return { name: text, platform: parsePlatform(text) };
}

function list(text: string): readonly string[] {
  return text.split(' ').filter((each) => each !== '');
}

describe('matchPlatform and matchPlatformStrictly', () => {
  test.each(cases)('for $wanted', ({ wanted, strict, loose, never }) => {
    const machine = parsePlatform(wanted);
    const offers = [...list(strict), ...list(loose), ...list(never)];

    const matched = offers.filter((each) => matchPlatform(machine, parsePlatform(each)));
    const matchedStrictly = offers.filter((each) => matchPlatformStrictly(machine, parsePlatform(each)));

    expect(matched).toEqual([...list(strict), ...list(loose)]);
    expect(matchedStrictly).toEqual(list(strict));
  });

  test('win32k counts for nothing on Windows', () => {
    expect(matchPlatform(parsePlatform('windows/amd64'), parsePlatform('windows(+win32k)/amd64'))).toBe(true);
  });
});

describe('chooseByPlatform', () => {
  test.each([
    ['linux/amd64/v3', ['linux/386', 'linux/amd64', 'linux/amd64/v2', 'linux/amd64/v4'], 'linux/amd64/v2'],
    ['linux/amd64', ['linux/arm64', 'linux/386'], 'linux/386'],
    ['linux/arm64', ['linux/arm/v6', 'linux/arm/v7', 'linux/amd64'], 'linux/arm/v7'],
    ['linux/arm64', ['linux/arm/v7', 'linux/arm64'], 'linux/arm64'],
    ['linux/arm64/v9', ['linux/arm64', 'linux/arm64/v8.4', 'linux/arm64/v8.10'], 'linux/arm64/v8.4'],
    ['linux/arm/v7', ['linux/arm/v5', 'linux/arm/v6'], 'linux/arm/v6'],
    [
      'windows(10.0.26100)/amd64',
      ['windows(10.0.20348)/amd64', 'windows(10.0.26100)/amd64'],
      'windows(10.0.26100)/amd64',
    ],
    ['linux(+gpu+simd)/arm64', ['linux/arm64', 'linux(+gpu)/arm64'], 'linux(+gpu)/arm64'],
  ])('takes for %s of %j the best', (wanted, offers, best) => {
    expect(chooseByPlatform(offers.map(offer), parsePlatform(wanted))?.name).toBe(best);
  });

  test('takes the first of equals, and nothing where nothing runs', () => {
    const entries = [
      { name: 'attestation', platform: { os: 'unknown', architecture: 'unknown' } },
      { name: 'artifact' },
      { name: 'first', platform: { os: 'linux', architecture: 'arm64' } },
      { name: 'second', platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } },
    ];

    expect(chooseByPlatform(entries, parsePlatform('linux/arm64'))?.name).toBe('first');
    expect(chooseByPlatform(entries, parsePlatform('linux/s390x'))).toBeUndefined();
  });

  test('takes no fallback where it is strict', () => {
    const entries = [offer('linux/386')];

    expect(chooseByPlatform(entries, parsePlatform('linux/amd64'), { strict: true })).toBeUndefined();
    expect(chooseByPlatform(entries, parsePlatform('linux/amd64'))?.name).toBe('linux/386');
  });
});

test('comparePlatforms says 0 of equal offers', () => {
  const wanted = parsePlatform('linux/arm64');

  expect(comparePlatforms(wanted, parsePlatform('linux/arm64'), parsePlatform('linux/arm64/v8'))).toBe(0);
});

test('compareNatural orders numbers by value', () => {
  const sorted = ['v10', 'power9', 'v8.10', 'v8.9', 'v9', 'power10', 'v8', 'v9.0'].sort(compareNatural);

  expect(sorted).toEqual(['power9', 'power10', 'v8', 'v8.9', 'v8.10', 'v9', 'v9.0', 'v10']);
});
