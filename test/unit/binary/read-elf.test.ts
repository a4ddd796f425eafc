import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeMachine } from '../../../src/binary/binary.ts';
import { mayBeBinary, needsTail, readBinary } from '../../../src/binary/read-binary.ts';
import { elfFile, elfFor, elfPlatforms } from '../../support/elf-file.ts';

function machineOf(file: Uint8Array): string {
  const machine = readBinary(file)?.machines[0];
  return machine === undefined ? 'none' : describeMachine(machine);
}

describe('readBinary of ELF', () => {
  test.each([
    ['linux/386', 'x86, 32-bit, little-endian'],
    ['linux/amd64', 'x86-64, 64-bit, little-endian'],
    ['linux/arm/v5', 'ARM, 32-bit, little-endian, soft-float ABI'],
    ['linux/arm/v6', 'ARM, 32-bit, little-endian, hard-float ABI'],
    ['linux/arm/v7', 'ARM, 32-bit, little-endian, hard-float ABI'],
    ['linux/arm64', 'AArch64, 64-bit, little-endian'],
    ['linux/ppc64', 'PowerPC64, 64-bit, big-endian, ELFv1 ABI'],
    ['linux/ppc64le', 'PowerPC64, 64-bit, little-endian, ELFv2 ABI'],
    ['linux/riscv64', 'RISC-V, 64-bit, little-endian, double-float ABI'],
    ['linux/s390x', 'S/390, 64-bit, big-endian'],
    ['linux/loong64', 'LoongArch, 64-bit, little-endian, double-float ABI'],
    ['linux/mips', 'MIPS, 32-bit, big-endian, o32 ABI'],
    ['linux/mipsle', 'MIPS, 32-bit, little-endian, o32 ABI'],
    ['linux/mips64', 'MIPS, 64-bit, big-endian, n64 ABI'],
    ['linux/mips64le', 'MIPS, 64-bit, little-endian, n64 ABI'],
  ])('knows an executable for %s', (platform, machine) => {
    expect(machineOf(elfFor(platform))).toBe(machine);
    expect(readBinary(elfFor(platform))).toMatchObject({ format: 'elf', kind: 'executable' });
  });

  test.each([
    [{ machine: 62, bits: 32 }, 'x86-64, 32-bit, little-endian, x32 ABI'],
    [{ machine: 8, bits: 32, flags: 0x20 }, 'MIPS, 32-bit, little-endian, n32 ABI'],
    [{ machine: 8, bits: 64, flags: 0xa0000000 }, 'MIPS, 64-bit, little-endian, n64 ABI, release 6'],
    [{ machine: 22, bits: 32, isBigEndian: true }, 'S/390, 32-bit, big-endian'],
    [{ machine: 183, bits: 64, isBigEndian: true }, 'AArch64, 64-bit, big-endian'],
    [{ machine: 183, bits: 32 }, 'AArch64, 32-bit, little-endian, ILP32 ABI'],
    [{ machine: 243, bits: 64, flags: 1 }, 'RISC-V, 64-bit, little-endian, soft-float ABI'],
    [{ machine: 40, bits: 32, flags: 0x05000002 }, 'ARM, 32-bit, little-endian'],
    [{ machine: 0xfeed, bits: 64 }, 'machine 0xfeed, 64-bit, little-endian'],
  ] as const)('tells the ABI of %j', (parts, machine) => {
    expect(machineOf(elfFile(parts))).toBe(machine);
  });

  test.each([
    [1, 'object'],
    [2, 'executable'],
    [3, 'shared-object'],
    [4, 'core'],
    [0xfe00, 'other'],
  ])('tells type %i as %s', (type, kind) => {
    expect(readBinary(elfFile({ machine: 62, bits: 64, type }))?.kind).toBe(kind);
  });

  test.each(Object.keys(elfPlatforms))('finds the interpreter of a program for %s', (platform) => {
    const parts = elfPlatforms[platform] ?? { machine: 0, bits: 32 };

    expect(readBinary(elfFile({ ...parts, interpreter: '/lib/ld.so.1' }))?.interpreter).toBe('/lib/ld.so.1');
    expect(readBinary(elfFile(parts))).not.toHaveProperty('interpreter');
  });

  test('takes the float ABI of ARM from the interpreter where the flags are silent', () => {
    const arm = { machine: 40, bits: 32, flags: 0x05000000 } as const;

    expect(machineOf(elfFile({ ...arm, interpreter: '/lib/ld-linux-armhf.so.3' }))).toContain('hard-float');
    expect(machineOf(elfFile({ ...arm, interpreter: '/lib/ld-musl-armhf.so.1' }))).toContain('hard-float');
    expect(machineOf(elfFile({ ...arm, interpreter: '/lib/ld-linux.so.3' }))).toContain('soft-float');
    expect(machineOf(elfFile({ ...arm, interpreter: '/lib/ld-musl-arm.so.1' }))).toContain('soft-float');
    expect(machineOf(elfFile({ ...arm, interpreter: '/system/bin/linker' }))).not.toContain('float');
  });

  test('takes the version and float ABI of ARM from the attributes', () => {
    const arm = { machine: 40, bits: 32, flags: 0x05000000 } as const;
    const armAttributes = [
      [5, '7-A'],
      [6, 10],
      [7, 65],
      [28, 1],
    ] as const;

    expect(machineOf(elfFile({ ...arm, armAttributes }))).toBe('ARM, 32-bit, little-endian, hard-float ABI, ARMv7');
    expect(machineOf(elfFile({ ...arm, armAttributes: [[6, 4]] }))).toBe('ARM, 32-bit, little-endian, ARMv5');
    expect(machineOf(elfFile({ ...arm, armAttributes: [[6, 99]] }))).toBe('ARM, 32-bit, little-endian');
  });

  test('finds the attributes of ARM in the end of a file that is kept beside its beginning', () => {
    const file = elfFile({ machine: 40, bits: 32, armAttributes: [[6, 9]] });
    const head = file.subarray(0, 52);

    expect(needsTail(head)).toBe(true);
    expect(needsTail(elfFor('linux/arm64'))).toBe(false);
    expect(readBinary({ head })?.machines[0]?.arm).toEqual({});
    expect(readBinary({ head, tail: { offset: 60, bytes: file.subarray(60) } })?.machines[0]?.arm).toEqual({
      version: 6,
    });
  });

  test('takes nothing for a binary that is cut off in its header, or of no known class or byte order', () => {
    const file = elfFor('linux/amd64');
    const odd = Buffer.from(file);
    odd[4] = 3;

    expect(readBinary(file.subarray(0, 64))).toBeDefined();
    expect(readBinary(file.subarray(0, 63))).toBeUndefined();
    expect(readBinary(odd)).toBeUndefined();
    expect(readBinary(Buffer.from('#!/bin/sh\n'))).toBeUndefined();
    expect(readBinary(new Uint8Array())).toBeUndefined();
  });

  test('finds no interpreter where the header says entries of a wrong size, or none', () => {
    const file = elfFile({ machine: 62, bits: 64, interpreter: '/lib/ld.so' });
    const small = Buffer.from(file);
    small.writeUInt16LE(8, 54);
    const none = Buffer.from(file);
    none.writeUInt16LE(0, 56);
    const many = Buffer.from(file);
    many.writeUInt16LE(0xffff, 56);

    expect(readBinary(file)?.interpreter).toBe('/lib/ld.so');
    for (const odd of [small, none, many]) expect(readBinary(odd)).not.toHaveProperty('interpreter');
  });

  test('never throws and never reads outside, whatever the offsets say', () => {
    const seeds = Object.values(elfPlatforms).map((parts) =>
      elfFile({
        ...parts,
        interpreter: '/lib/ld.so',
        ...(parts.machine === 40
          ? {
              armAttributes: [
                [6, 10],
                [28, 1],
              ],
            }
          : {}),
      }),
    );
    const mutation = fc.array(fc.tuple(fc.nat(200), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 12 });

    fc.assert(
      fc.property(fc.constantFrom(...seeds), mutation, fc.nat(200), (seed, changes, length) => {
        const file = Buffer.from(seed.subarray(0, length));
        for (const [at, value] of changes) if (at < file.length) file[at] = value;

        const binary = readBinary({ head: file, tail: { offset: length, bytes: file } });

        expect(binary === undefined || mayBeBinary(file)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
