import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isFault } from '../../../src/errors/fault.ts';
import { formatPlatform, normalizePlatform, parsePlatform, platformsEqual } from '../../../src/oci/platform.ts';
import { architectures, operatingSystems } from '../../../src/oci/platform-names.ts';

function faultOf(text: string): string {
  try {
    parsePlatform(text);
  } catch (error) {
    if (isFault(error, 'PLATFORM_MALFORMED')) return error.message;
    throw error;
  }
  throw new Error(`"${text}" was read`);
}

describe('parsePlatform', () => {
  test.each([
    // What containerd's own parser reads, in normal form.
    ['linux/arm64', { os: 'linux', architecture: 'arm64' }],
    ['linux/arm64/v8', { os: 'linux', architecture: 'arm64' }],
    ['linux/arm64/8', { os: 'linux', architecture: 'arm64' }],
    ['linux/arm64/v8.0', { os: 'linux', architecture: 'arm64' }],
    ['linux/arm64/v8.2', { os: 'linux', architecture: 'arm64', variant: 'v8.2' }],
    ['linux/arm64/9', { os: 'linux', architecture: 'arm64', variant: 'v9' }],
    ['linux/arm64/v9.0', { os: 'linux', architecture: 'arm64', variant: 'v9' }],
    ['linux/arm', { os: 'linux', architecture: 'arm', variant: 'v7' }],
    ['linux/arm/7', { os: 'linux', architecture: 'arm', variant: 'v7' }],
    ['linux/arm/v7', { os: 'linux', architecture: 'arm', variant: 'v7' }],
    ['linux/arm/v6', { os: 'linux', architecture: 'arm', variant: 'v6' }],
    ['linux/arm/5', { os: 'linux', architecture: 'arm', variant: 'v5' }],
    ['linux/arm/v8', { os: 'linux', architecture: 'arm', variant: 'v8' }],
    ['armel', { os: 'linux', architecture: 'arm', variant: 'v6' }],
    ['armhf', { os: 'linux', architecture: 'arm', variant: 'v7' }],
    ['Aarch64', { os: 'linux', architecture: 'arm64' }],
    ['x86_64', { os: 'linux', architecture: 'amd64' }],
    ['x86-64', { os: 'linux', architecture: 'amd64' }],
    ['Linux/x86_64', { os: 'linux', architecture: 'amd64' }],
    ['linux/amd64/v1', { os: 'linux', architecture: 'amd64' }],
    ['linux/amd64/v3', { os: 'linux', architecture: 'amd64', variant: 'v3' }],
    ['i386', { os: 'linux', architecture: '386' }],
    ['s390x', { os: 'linux', architecture: 's390x' }],
    ['macos/arm64', { os: 'darwin', architecture: 'arm64' }],
    ['linux/ppc64le/power9', { os: 'linux', architecture: 'ppc64le', variant: 'power9' }],
    ['linux/riscv64/rva20u64', { os: 'linux', architecture: 'riscv64', variant: 'rva20u64' }],
    ['wasi/wasm', { os: 'wasi', architecture: 'wasm' }],
    ['windows()/amd64', { os: 'windows', architecture: 'amd64' }],
    ['windows(10.0.17763)/amd64', { os: 'windows', architecture: 'amd64', 'os.version': '10.0.17763' }],
    [
      'windows(10.0.17763+win32k)/amd64',
      { os: 'windows', architecture: 'amd64', 'os.version': '10.0.17763', 'os.features': ['win32k'] },
    ],
    ['linux(+gpu)/arm64', { os: 'linux', architecture: 'arm64', 'os.features': ['gpu'] }],
    ['linux(+unsorted+erofs)/arm64', { os: 'linux', architecture: 'arm64', 'os.features': ['erofs', 'unsorted'] }],
    ['windows(1.0%2Bbuild.42)/amd64', { os: 'windows', architecture: 'amd64', 'os.version': '1.0+build.42' }],
    ['windows(50%25done)/amd64', { os: 'windows', architecture: 'amd64', 'os.version': '50%done' }],
    // What `uname -m`, Debian and Docker Hub call them.
    ['linux/aarch64', { os: 'linux', architecture: 'arm64' }],
    ['linux/armv7l', { os: 'linux', architecture: 'arm', variant: 'v7' }],
    ['linux/armv7l/v7', { os: 'linux', architecture: 'arm', variant: 'v7' }],
    ['linux/armv6l', { os: 'linux', architecture: 'arm', variant: 'v6' }],
    ['linux/armv5tel', { os: 'linux', architecture: 'arm', variant: 'v5' }],
    ['linux/armv8l', { os: 'linux', architecture: 'arm', variant: 'v7' }],
    ['linux/i686', { os: 'linux', architecture: '386' }],
    ['linux/ppc64el', { os: 'linux', architecture: 'ppc64le' }],
    ['linux/mips64el', { os: 'linux', architecture: 'mips64le' }],
    ['linux/loongarch64', { os: 'linux', architecture: 'loong64' }],
    ['arm32v6', { os: 'linux', architecture: 'arm', variant: 'v6' }],
    ['arm64v8', { os: 'linux', architecture: 'arm64' }],
    [' linux/amd64 ', { os: 'linux', architecture: 'amd64' }],
  ])('reads %s', (text, expected) => {
    expect(parsePlatform(text)).toEqual(expected);
  });

  test.each([
    ['', 'is no operating system'],
    ['/linux/arm', 'is no operating system'],
    ['linux/arm/', '"" is no architecture or variant'],
    ['linux /arm', '"linux " is no operating system'],
    ['linux/&arm', '"&arm" is no architecture or variant'],
    ['linux/arm/v 7', '"v 7" is no architecture or variant'],
    ['linux/arm/foo/bar', 'it has more than three parts'],
    ['linux/*', '"*" is no architecture or variant'],
    ['linux(/amd64', '"linux(" is no operating system'],
    ['linux(++gpu)/amd64', 'it names an empty feature'],
    ['linux(+%zz)/amd64', '"%zz" ends a %-escape too early or is not UTF-8'],
    ['linux', 'it names no architecture'],
    ['local', '"local" is no known architecture'],
    ['linus/amd64', '"linus" is no known operating system; did you mean "linux"'],
    ['linux/amd46', '"amd46" is no known architecture; did you mean "amd64"'],
    ['linux/aarch46', '"aarch46" is no known architecture; did you mean "aarch64"'],
    ['linux/banana', '"banana" is no known architecture, expected'],
    ['linux/arm/hf', '"hf" is no variant of arm, one reads like "v7"'],
    ['linux/amd64/fast', '"fast" is no variant of amd64, one reads like "v2"'],
    ['linux/armv7l/v6', '"armv7l" means arm/v7, not "v6"'],
    ['linux/armhf/v6', '"armhf" means arm/v7, not "v6"'],
  ])('refuses %j: %s', (text, reason) => {
    expect(faultOf(text)).toContain(reason);
  });

  test('takes the architecture of this machine where only the operating system is written, and for `local`', () => {
    const host = { os: 'linux', architecture: 'aarch64', variant: 'v8' };

    expect(parsePlatform('linux', { host })).toEqual({ os: 'linux', architecture: 'arm64' });
    expect(parsePlatform('windows', { host })).toEqual({ os: 'windows', architecture: 'arm64' });
    expect(parsePlatform('local', { host })).toEqual({ os: 'linux', architecture: 'arm64' });
  });
});

describe('normalizePlatform', () => {
  test.each([
    [
      { os: 'Linux', architecture: 'I386', variant: 'v9' },
      { os: 'linux', architecture: '386' },
    ],
    [
      { os: 'macOS', architecture: 'ARM64', variant: 'V8' },
      { os: 'darwin', architecture: 'arm64' },
    ],
    [
      { os: 'linux', architecture: 'armhf', variant: 'v6' },
      { os: 'linux', architecture: 'arm', variant: 'v7' },
    ],
    [
      { os: 'linux', architecture: 'arm', variant: '' },
      { os: 'linux', architecture: 'arm', variant: 'v7' },
    ],
    [
      { os: '', architecture: '', 'os.version': '', 'os.features': [''] },
      { os: '', architecture: '' },
    ],
    [
      { os: 'linux', architecture: 'armv7l' },
      { os: 'linux', architecture: 'armv7l' },
    ],
    [
      { os: 'linux', architecture: 'amd64', 'os.features': ['b', 'a', 'b'] },
      { os: 'linux', architecture: 'amd64', 'os.features': ['a', 'b'] },
    ],
  ])('makes %j canonical', (platform, expected) => {
    expect(normalizePlatform(platform)).toEqual(expected);
  });
});

describe('formatPlatform', () => {
  test.each([
    [{ os: 'linux', architecture: 'arm64', variant: 'v8' }, 'linux/arm64'],
    [{ os: 'linux', architecture: 'arm' }, 'linux/arm/v7'],
    [{ os: 'windows', architecture: 'amd64', 'os.version': '10.0+b' }, 'windows(10.0%2Bb)/amd64'],
    [{ os: 'windows', architecture: 'amd64', 'os.version': '1.0(beta)/x' }, 'windows(1.0%28beta%29%2Fx)/amd64'],
    [{ os: 'linux', architecture: 'amd64', 'os.features': ['', 'simd', 'gpu'] }, 'linux(+gpu+simd)/amd64'],
    [{ os: 'unknown', architecture: 'unknown' }, 'unknown/unknown'],
    [{ os: '', architecture: 'amd64' }, 'unknown'],
  ])('writes %j as %s', (platform, expected) => {
    expect(formatPlatform(platform)).toBe(expected);
  });

  test('gives a text that is read as the same platform', () => {
    const option = fc.string({ maxLength: 12 });
    const platform = fc.record({
      os: fc.constantFrom(...operatingSystems),
      architecture: fc.constantFrom(...architectures),
      variant: fc.constantFrom('', 'v5', 'v6', 'v7', 'v8', 'v8.1'),
      'os.version': option,
      'os.features': fc.array(option, { maxLength: 3 }),
    });

    fc.assert(
      fc.property(platform, (each) => {
        expect(parsePlatform(formatPlatform(each))).toEqual(normalizePlatform(each));
        expect(platformsEqual(parsePlatform(formatPlatform(each)), each)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

test('platformsEqual tells platforms apart by each of their parts', () => {
  const platform = { os: 'linux', architecture: 'arm', variant: 'v6', 'os.version': '1' };

  expect(platformsEqual(platform, { ...platform })).toBe(true);
  expect(platformsEqual(platform, { ...platform, os: 'windows' })).toBe(false);
  expect(platformsEqual(platform, { ...platform, architecture: 'arm64' })).toBe(false);
  expect(platformsEqual(platform, { ...platform, variant: 'v7' })).toBe(false);
  expect(platformsEqual(platform, { ...platform, 'os.version': '2' })).toBe(false);
});
