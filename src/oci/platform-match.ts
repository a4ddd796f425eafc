import { normalizePlatform, type Platform } from './platform.ts';
import { compareNatural, runsVariant } from './variant-order.ts';

export interface ChooseOptions {
  /** Take no older variant and no fallback architecture: only what is made for exactly this platform. Default: false. */
  readonly strict?: boolean;
}

/** The architecture of the same maker that a machine runs as well, beside its own. */
const fallbacks: ReadonlyMap<string, string> = new Map([
  ['amd64', '386'],
  ['arm64', 'arm'],
]);

/** The first Windows build whose successors run its containers. https://learn.microsoft.com/virtualization/windowscontainers/deploy-containers/version-compatibility */
const windowsStableBuild = 20348;

/**
 * Whether a machine of the wanted platform runs what is offered, as containerd's `Only` decides: the same operating
 * system, every feature the offer needs, the same architecture in this or an older variant, 386 on amd64,
 * 32-bit ARM on arm64.
 */
export function matchPlatform(wanted: Platform, offered: Platform): boolean {
  const machine = normalizePlatform(wanted);
  const made = normalizePlatform(offered);
  return sameSystem(machine, made) && runsArchitecture(machine, made);
}

/** Whether what is offered is made for exactly the wanted platform, as containerd's `OnlyStrict` decides. */
export function matchPlatformStrictly(wanted: Platform, offered: Platform): boolean {
  const machine = normalizePlatform(wanted);
  const made = normalizePlatform(offered);
  return sameSystem(machine, made) && machine.architecture === made.architecture && machine.variant === made.variant;
}

/**
 * Ranks two offers that both match: its own architecture before the fallback, then the newest variant, the newest
 * `os.version`, the most features that the machine has. Negative where `a` fits better, 0 where they fit equally.
 */
export function comparePlatforms(wanted: Platform, a: Platform, b: Platform): number {
  const machine = normalizePlatform(wanted);
  const left = normalizePlatform(a);
  const right = normalizePlatform(b);
  return (
    Number(right.architecture === machine.architecture) - Number(left.architecture === machine.architecture) ||
    compareNatural(right.variant ?? '', left.variant ?? '') ||
    compareNatural(right['os.version'] ?? '', left['os.version'] ?? '') ||
    sharedFeatures(machine, right) - sharedFeatures(machine, left)
  );
}

/**
 * The entry of an index that a machine of the platform takes: the best match, the first among equals.
 * Entries without a platform, and attestations (`unknown/unknown`), are never chosen.
 */
export function chooseByPlatform<Entry extends { readonly platform?: Platform }>(
  entries: readonly Entry[],
  wanted: Platform,
  options: ChooseOptions = {},
): Entry | undefined {
  const match = options.strict === true ? matchPlatformStrictly : matchPlatform;
  let best: { readonly entry: Entry; readonly platform: Platform } | undefined;
  for (const entry of entries) {
    const { platform } = entry;
    if (platform === undefined || !match(wanted, platform)) continue;
    if (best === undefined || comparePlatforms(wanted, platform, best.platform) < 0) best = { entry, platform };
  }
  return best?.entry;
}

function runsArchitecture(machine: Platform, made: Platform): boolean {
  const variant = machine.variant ?? '';
  if (machine.architecture === made.architecture) return runsVariant(made.architecture, variant, made.variant ?? '');
  if (fallbacks.get(machine.architecture) !== made.architecture) return false;
  return made.architecture === '386' || runsVariant('arm', 'v8', made.variant ?? '');
}

function sameSystem(machine: Platform, made: Platform): boolean {
  if (machine.os !== made.os) return false;
  const has = new Set(machine['os.features']);
  const needs = (made['os.features'] ?? []).filter((feature) => machine.os !== 'windows' || feature !== 'win32k');
  return needs.every((feature) => has.has(feature)) && runsOsVersion(machine, made);
}

function runsOsVersion(machine: Platform, made: Platform): boolean {
  const host = machine['os.version'];
  const image = made['os.version'];
  if (host === undefined || image === undefined || host === image) return true;
  return machine.os === 'windows' && runsWindowsBuild(host.split('.').map(Number), image.split('.').map(Number));
}

/** Before Server 2022 the build must be equal; from then on a host runs every build from that one up to its own. */
function runsWindowsBuild(host: readonly number[], image: readonly number[]): boolean {
  const [hostMajor, hostMinor, hostBuild = 0] = host;
  const [imageMajor, imageMinor, imageBuild = 0] = image;
  if (hostMajor !== imageMajor || hostMinor !== imageMinor) return false;
  if (hostBuild < windowsStableBuild) return hostBuild === imageBuild;
  return imageBuild >= windowsStableBuild && imageBuild <= hostBuild;
}

function sharedFeatures(machine: Platform, made: Platform): number {
  const has = new Set(machine['os.features']);
  return (made['os.features'] ?? []).filter((feature) => has.has(feature)).length;
}
