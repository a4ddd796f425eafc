import { type Binary, type BinaryFormat, describeMachine, type Machine } from './binary.ts';
import { isDevice } from './machines.ts';

/** A platform in normal form. */
export interface TargetPlatform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

/**
 * Whether a binary is for a platform. `foreign`: it is for another one. `doubtful`: it says that it needs a newer
 * processor; libraries that look for the processor's abilities when they run say so as well.
 */
export type BinaryFit =
  | { readonly fit: 'fits' }
  | { readonly fit: 'foreign' | 'doubtful'; readonly found: string; readonly expected: string };

const little = 'little';
const big = 'big';

/** The machine of each architecture. 32-bit ARM is looked at more closely, by variant. */
const machines: Readonly<Record<string, Machine>> = {
  '386': { name: 'x86', bits: 32, endianness: little },
  amd64: { name: 'x86-64', bits: 64, endianness: little },
  arm: { name: 'ARM', bits: 32, endianness: little },
  armbe: { name: 'ARM', bits: 32, endianness: big },
  arm64: { name: 'AArch64', bits: 64, endianness: little },
  arm64be: { name: 'AArch64', bits: 64, endianness: big },
  ppc: { name: 'PowerPC', bits: 32, endianness: big },
  ppc64: { name: 'PowerPC64', bits: 64, endianness: big },
  ppc64le: { name: 'PowerPC64', bits: 64, endianness: little },
  riscv: { name: 'RISC-V', bits: 32, endianness: little },
  riscv64: { name: 'RISC-V', bits: 64, endianness: little },
  s390: { name: 'S/390', bits: 32, endianness: big },
  s390x: { name: 'S/390', bits: 64, endianness: big },
  loong64: { name: 'LoongArch', bits: 64, endianness: little },
  mips: { name: 'MIPS', bits: 32, endianness: big, abi: 'o32' },
  mipsle: { name: 'MIPS', bits: 32, endianness: little, abi: 'o32' },
  mips64: { name: 'MIPS', bits: 64, endianness: big, abi: 'n64' },
  mips64le: { name: 'MIPS', bits: 64, endianness: little, abi: 'n64' },
  mips64p32: { name: 'MIPS', bits: 32, endianness: big, abi: 'n32' },
  mips64p32le: { name: 'MIPS', bits: 32, endianness: little, abi: 'n32' },
  sparc: { name: 'SPARC', bits: 32, endianness: big },
  sparc64: { name: 'SPARC V9', bits: 64, endianness: big },
};

/** The format of each operating system's own binaries; all that are not named use ELF. */
const formats: ReadonlyMap<string, BinaryFormat> = new Map([
  ['windows', 'pe'],
  ['darwin', 'mach-o'],
  ['ios', 'mach-o'],
]);

const candidates: readonly TargetPlatform[] = Object.keys(machines).flatMap((architecture) =>
  ['linux', 'windows', 'darwin'].flatMap((os) =>
    architecture === 'arm'
      ? ['v5', 'v6', 'v7'].map((variant) => ({ os, architecture, variant }))
      : [{ os, architecture }],
  ),
);

/**
 * Compares a binary with the platform of the image it lies in. Only what the platform's kernel would load is judged:
 * executables and shared objects in the format of its operating system. Code for devices (GPUs, eBPF) and .NET
 * assemblies fit everywhere; so does everything where the architecture is not known.
 */
export function binaryFits(platform: TargetPlatform, binary: Binary): BinaryFit {
  const expected = expectedMachine(platform);
  const isLoaded = binary.kind === 'executable' || binary.kind === 'shared-object';
  if (expected === undefined || !isLoaded || !isOfSystem(binary, platform.os) || binary.isManaged === true)
    return { fit: 'fits' };
  const fits = binary.machines.map((machine) => machineFits(expected, machine));
  return fits.find(({ fit }) => fit === 'fits') ?? fits[0] ?? { fit: 'fits' };
}

/** The platforms that a binary may be for, as far as its header tells; empty for what belongs to none. */
export function platformsOfBinary(binary: Binary): readonly TargetPlatform[] {
  if (binary.machines.some(({ name }) => isDevice(name))) return [];
  return candidates.filter(
    (platform) => isOfSystem(binary, platform.os) && binaryFits(platform, binary).fit === 'fits',
  );
}

/** What a binary of a platform must be; undefined where the architecture is not known. */
export function expectedMachine(platform: TargetPlatform): Machine | undefined {
  const machine = Object.hasOwn(machines, platform.architecture) ? machines[platform.architecture] : undefined;
  if (machine === undefined || platform.architecture !== 'arm') return machine;
  const version = Number(/^v(\d)/.exec(platform.variant ?? 'v7')?.[1] ?? 7);
  // Distributions for ARMv5 pass floats in integer registers, those for ARMv7 in the FPU's; ARMv6 has both kinds.
  const floatAbi = version < 6 ? ('soft' as const) : version > 6 ? ('hard' as const) : undefined;
  return { ...machine, arm: { version, ...(floatAbi === undefined ? {} : { floatAbi }) } };
}

function isOfSystem(binary: Binary, os: string): boolean {
  return binary.format === (formats.get(os) ?? 'elf');
}

function machineFits(expected: Machine, found: Machine): BinaryFit {
  if (isDevice(found.name)) return { fit: 'fits' };
  const words = { found: describeMachine(found), expected: describeMachine(expected) };
  if (!isSameMachine(expected, found) || floatsClash(expected, found)) return { fit: 'foreign', ...words };
  const needs = found.arm?.version ?? 0;
  return needs > (expected.arm?.version ?? Infinity) ? { fit: 'doubtful', ...words } : { fit: 'fits' };
}

function isSameMachine(expected: Machine, found: Machine): boolean {
  return (
    expected.name === found.name &&
    expected.bits === found.bits &&
    expected.endianness === found.endianness &&
    (expected.abi === undefined || found.abi === undefined || expected.abi === found.abi) &&
    found.isMipsR6 !== true
  );
}

function floatsClash({ arm: expected }: Machine, { arm: found }: Machine): boolean {
  return expected?.floatAbi !== undefined && found?.floatAbi !== undefined && expected.floatAbi !== found.floatAbi;
}
