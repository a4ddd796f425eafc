import { closeSync, openSync, readSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Binary } from '../../../src/binary/binary.ts';
import { binaryFits, platformsOfBinary } from '../../../src/binary/binary-fits.ts';
import { headBytes, readBinary } from '../../../src/binary/read-binary.ts';
import { formatPlatform, parsePlatform } from '../../../src/oci/platform.ts';
import { type ElfParts, elfFile, elfFor, elfPlatforms } from '../../support/elf-file.ts';
import { machOFile, peFile, universalFile } from '../../support/foreign-file.ts';

function read(file: Uint8Array): Binary {
  const binary = readBinary(file);
  if (binary === undefined) throw new Error('no binary');
  return binary;
}

function fitOf(platform: string, file: Uint8Array): string {
  return binaryFits(parsePlatform(platform), read(file)).fit;
}

function elf(parts: ElfParts): Buffer {
  return elfFile(parts);
}

describe('binaryFits', () => {
  const platforms = Object.keys(elfPlatforms);

  test.each(platforms)('takes a program for %s on no other platform', (made) => {
    // A hard-float program may be for ARMv6 as well as for ARMv7, a soft-float one for ARMv5 as well as for ARMv6.
    const alike: Readonly<Record<string, readonly string[]>> = {
      'linux/arm/v5': ['linux/arm/v5', 'linux/arm/v6'],
      'linux/arm/v6': ['linux/arm/v6', 'linux/arm/v7'],
      'linux/arm/v7': ['linux/arm/v6', 'linux/arm/v7'],
    };

    expect(platforms.filter((platform) => fitOf(platform, elfFor(made)) === 'fits')).toEqual(alike[made] ?? [made]);
    expect(platformsOfBinary(read(elfFor(made))).map(formatPlatform)).toEqual(
      expect.arrayContaining([...(alike[made] ?? [made])]),
    );
  });

  test('says what it found and what it expected', () => {
    expect(binaryFits(parsePlatform('linux/arm64'), read(elfFor('linux/amd64')))).toEqual({
      fit: 'foreign',
      found: 'x86-64, 64-bit, little-endian',
      expected: 'AArch64, 64-bit, little-endian',
    });
    expect(binaryFits(parsePlatform('linux/arm/v7'), read(elfFor('linux/arm/v5')))).toEqual({
      fit: 'foreign',
      found: 'ARM, 32-bit, little-endian, soft-float ABI',
      expected: 'ARM, 32-bit, little-endian, hard-float ABI, ARMv7',
    });
  });

  test('takes an ARM program that does not tell its float ABI, as Go writes them, on every ARM', () => {
    const file = elf({ machine: 40, bits: 32, flags: 0x05000002 });

    expect(['v5', 'v6', 'v7', 'v8'].map((variant) => fitOf(`linux/arm/${variant}`, file))).toEqual([
      'fits',
      'fits',
      'fits',
      'fits',
    ]);
  });

  test('doubts code for a newer ARM than the platform', () => {
    const file = elf({ machine: 40, bits: 32, flags: 0x05000400, armAttributes: [[6, 10]] });

    expect(fitOf('linux/arm/v6', file)).toBe('doubtful');
    expect(fitOf('linux/arm/v7', file)).toBe('fits');
    expect(fitOf('linux/arm/v5', file)).toBe('foreign');
  });

  test('tells apart what differs in class, byte order or ABI alone', () => {
    expect(fitOf('linux/amd64', elf({ machine: 62, bits: 32 }))).toBe('foreign');
    expect(fitOf('linux/amd64', elfFor('linux/386'))).toBe('foreign');
    expect(fitOf('linux/s390x', elf({ machine: 22, bits: 32, isBigEndian: true }))).toBe('foreign');
    expect(fitOf('linux/arm64', elf({ machine: 183, bits: 64, isBigEndian: true }))).toBe('foreign');
    expect(fitOf('linux/mips64le', elf({ machine: 8, bits: 32, flags: 0x20 }))).toBe('foreign');
    expect(fitOf('linux/mipsle', elf({ machine: 8, bits: 32, flags: 0x20 }))).toBe('foreign');
    expect(fitOf('linux/mips64le', elf({ machine: 8, bits: 64, flags: 0xa0000000 }))).toBe('foreign');
  });

  test.each([1, 4])('judges no file of ELF type %i, which is never run', (type) => {
    expect(fitOf('linux/arm64', elf({ machine: 62, bits: 64, type }))).toBe('fits');
    expect(fitOf('linux/arm64', elf({ machine: 62, bits: 64, type: 3 }))).toBe('foreign');
  });

  test.each([190, 224, 247])('takes device code of machine %i everywhere', (machine) => {
    expect(fitOf('linux/arm64', elf({ machine, bits: 64, type: 3 }))).toBe('fits');
    expect(platformsOfBinary(read(elf({ machine, bits: 64, type: 3 })))).toEqual([]);
  });

  test('refuses a machine that it has no name for', () => {
    expect(fitOf('linux/arm64', elf({ machine: 0xfeed, bits: 64 }))).toBe('foreign');
  });

  test('judges each operating system by its own format', () => {
    expect(fitOf('linux/arm64', peFile({ machine: 0x8664 }))).toBe('fits');
    expect(fitOf('linux/arm64', machOFile({ cpuType: 7 }))).toBe('fits');
    expect(fitOf('windows/arm64', peFile({ machine: 0x8664 }))).toBe('foreign');
    expect(fitOf('windows/amd64', peFile({ machine: 0x8664 }))).toBe('fits');
    expect(fitOf('windows/arm64', peFile({ machine: 0x014c, isManaged: true }))).toBe('fits');
    expect(fitOf('windows/arm64', elfFor('linux/amd64'))).toBe('fits');
    expect(fitOf('darwin/arm64', machOFile({ cpuType: 0x01000007 }))).toBe('foreign');
    expect(fitOf('darwin/arm64', universalFile([0x01000007, 0x0100000c]))).toBe('fits');
  });

  test('has no opinion on an architecture that it does not know', () => {
    const binary = read(elfFor('linux/amd64'));

    expect(binaryFits({ os: 'wasi', architecture: 'wasm' }, binary).fit).toBe('fits');
    expect(binaryFits({ os: 'linux', architecture: 'constructor' }, binary).fit).toBe('fits');
  });
});

test.runIf(process.platform === 'linux')('the program that runs this test is for this machine', () => {
  const names = new Map([
    ['x64', 'amd64'],
    ['ia32', '386'],
    ['ppc64', 'ppc64le'],
  ]);
  const head = Buffer.alloc(headBytes);
  const file = openSync(process.execPath, 'r');
  readSync(file, head);
  closeSync(file);

  const architectures = platformsOfBinary(read(head)).map(({ architecture }) => architecture);

  expect(architectures).toContain(names.get(process.arch) ?? process.arch);
});
