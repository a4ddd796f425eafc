import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeMachine } from '../../../src/binary/binary.ts';
import { mayBeBinary, readBinary } from '../../../src/binary/read-binary.ts';
import { machOFile, peFile, universalFile } from '../../support/foreign-file.ts';

function machinesOf(file: Uint8Array): readonly string[] {
  return readBinary(file)?.machines.map(describeMachine) ?? [];
}

describe('readBinary of PE', () => {
  test.each([
    [0x014c, 'x86, 32-bit, little-endian'],
    [0x8664, 'x86-64, 64-bit, little-endian'],
    [0xaa64, 'AArch64, 64-bit, little-endian'],
    [0x01c4, 'ARM, 32-bit, little-endian'],
    [0x5064, 'RISC-V, 64-bit, little-endian'],
    [0x1234, 'machine 0x1234, 32-bit, little-endian'],
  ])('knows machine 0x%s', (machine, words) => {
    expect(machinesOf(peFile({ machine }))).toEqual([words]);
    expect(readBinary(peFile({ machine }))).toMatchObject({ format: 'pe', kind: 'executable' });
  });

  test('tells a DLL and a .NET assembly', () => {
    expect(readBinary(peFile({ machine: 0x8664, characteristics: 0x2022 }))?.kind).toBe('shared-object');
    expect(readBinary(peFile({ machine: 0x014c, isManaged: true }))?.isManaged).toBe(true);
    expect(readBinary(peFile({ machine: 0x014c }))).not.toHaveProperty('isManaged');
  });

  test('takes a DOS program, and one whose header is out of reach, for nothing', () => {
    const far = peFile({ machine: 0x8664 });
    far.writeUInt32LE(0xfffffff0, 0x3c);

    expect(readBinary(far)).toBeUndefined();
    expect(readBinary(Buffer.from('MZ'))).toBeUndefined();
  });
});

describe('readBinary of Mach-O', () => {
  test.each([
    [0x01000007, 'x86-64, 64-bit, little-endian'],
    [0x0100000c, 'AArch64, 64-bit, little-endian'],
    [7, 'x86, 32-bit, little-endian'],
  ])('knows cpu type %i', (cpuType, words) => {
    expect(machinesOf(machOFile({ cpuType }))).toEqual([words]);
    expect(readBinary(machOFile({ cpuType, fileType: 6 }))).toMatchObject({ format: 'mach-o', kind: 'shared-object' });
  });

  test('knows the old big-endian files', () => {
    expect(machinesOf(machOFile({ cpuType: 18, isBigEndian: true }))).toEqual(['PowerPC, 32-bit, big-endian']);
  });

  test('lists every architecture of a universal file', () => {
    const words = ['x86-64, 64-bit, little-endian', 'AArch64, 64-bit, little-endian'];

    expect(machinesOf(universalFile([0x01000007, 0x0100000c]))).toEqual(words);
    expect(readBinary(universalFile([0x01000007]))?.kind).toBe('executable');
  });

  test('takes a Java class, which begins with the same bytes, for nothing', () => {
    expect(readBinary(Buffer.from('cafebabe00000041001d0a0002000307', 'hex'))).toBeUndefined();
  });
});

test('readBinary takes no offset on trust', () => {
  const seeds = [peFile({ machine: 0x8664 }), machOFile({ cpuType: 7 }), universalFile([7, 12])];
  const mutation = fc.array(fc.tuple(fc.nat(300), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 8 });

  fc.assert(
    fc.property(fc.constantFrom(...seeds), mutation, fc.nat(300), (seed, changes, length) => {
      const file = Buffer.from(seed.subarray(0, length));
      for (const [at, value] of changes) if (at < file.length) file[at] = value;

      expect(readBinary(file) === undefined || mayBeBinary(file)).toBe(true);
    }),
    { numRuns: 300 },
  );
});
