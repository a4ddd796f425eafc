import { formatPlatform, type Platform, parsePlatform } from '../../../oci/platform.ts';

/** The platforms of a node by what runs them. */
export interface SplitPlatforms {
  /** By its CPU; its own platform first. */
  readonly native: readonly string[];
  /** By QEMU. */
  readonly emulated: readonly string[];
}

/** 32-bit programs that a 64-bit CPU may run by itself. */
const narrower: ReadonlyMap<string, string> = new Map([
  ['amd64', '386'],
  ['arm64', 'arm'],
]);

/**
 * Splits what a BuildKit says that it builds. Its list has no mark for emulation: what has the CPU's own architecture, in
 * any variant that it names, is native; 386 on amd64 and arm on arm64 are, unless `emulatedArchitectures` knows better
 * (many arm64 CPUs run no 32-bit code); all the rest can only come from an emulator.
 */
export function splitPlatforms(
  own: string,
  listed: readonly string[],
  emulatedArchitectures: ReadonlySet<string> = new Set(),
): SplitPlatforms {
  const cpu = parsePlatform(own);
  const platforms = [...new Set([own, ...listed.flatMap(normalized)])];
  const native = platforms.filter((name) => runsOnCpu(parsePlatform(name), cpu, emulatedArchitectures));
  return { native, emulated: platforms.filter((name) => !native.includes(name)) };
}

function runsOnCpu(platform: Platform, cpu: Platform, emulated: ReadonlySet<string>): boolean {
  if (platform.os !== cpu.os) return false;
  if (platform.architecture === cpu.architecture) return true;
  return narrower.get(cpu.architecture) === platform.architecture && !emulated.has(platform.architecture);
}

/** A platform that a newer BuildKit names and we do not know is left out. */
function normalized(text: string): readonly string[] {
  try {
    return [formatPlatform(parsePlatform(text))];
  } catch {
    return [];
  }
}
