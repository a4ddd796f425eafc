export type BinaryFormat = 'elf' | 'pe' | 'mach-o';

/** What a binary is for. `object` files and `core` dumps are never run; a position-independent executable is a `shared-object`. */
export type BinaryKind = 'executable' | 'shared-object' | 'object' | 'core' | 'other';

export type Endianness = 'little' | 'big';

/** How a 32-bit ARM binary passes floating-point numbers, and the ARM version it needs, as far as its bytes tell. */
export interface ArmTraits {
  readonly floatAbi?: 'hard' | 'soft';
  /** 4 to 9. */
  readonly version?: number;
}

/** The processor that code is made for. */
export interface Machine {
  /** The maker's name of the instruction set: `x86-64`, `AArch64`, `ARM`, `MIPS`, `RISC-V`, or `machine 0x1234`. */
  readonly name: string;
  readonly bits: 32 | 64;
  readonly endianness: Endianness;
  /** The calling convention where one processor has several: `n32`, `o32`, `ELFv2`, `double-float`. */
  readonly abi?: string;
  readonly arm?: ArmTraits;
  /** MIPS release 6, which runs no older code and whose code nothing older runs. */
  readonly isMipsR6?: boolean;
}

/** What the header of a file says that it is. Plain JSON, so that it can be kept. */
export interface Binary {
  readonly format: BinaryFormat;
  readonly kind: BinaryKind;
  /** One, or several in a universal Mach-O file. */
  readonly machines: readonly Machine[];
  /** The program that starts it, for example `/lib64/ld-linux-x86-64.so.2`, where it is in reach. */
  readonly interpreter?: string;
  /** A .NET assembly: its code is compiled where it runs, whatever the header says. */
  readonly isManaged?: boolean;
}

/** A machine in words: `ARM, 32-bit, little-endian, hard-float ABI, ARMv7`. */
export function describeMachine(machine: Machine): string {
  return [
    machine.name,
    `${machine.bits}-bit`,
    `${machine.endianness}-endian`,
    ...(machine.abi === undefined ? [] : [`${machine.abi} ABI`]),
    ...(machine.arm?.floatAbi === undefined ? [] : [`${machine.arm.floatAbi}-float ABI`]),
    ...(machine.arm?.version === undefined ? [] : [`ARMv${machine.arm.version}`]),
    ...(machine.isMipsR6 === true ? ['release 6'] : []),
  ].join(', ');
}
