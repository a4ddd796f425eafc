import { Fault } from '../errors/fault.ts';
import { didYouMean } from '../errors/nearest.ts';
import { architectureAliases, architectures, operatingSystems } from './platform-names.ts';

/** The machine an image is for. https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly 'os.version'?: string;
  readonly 'os.features'?: readonly string[];
}

export interface ParsePlatformOptions {
  /** The platform of this machine: gives `local`, and the architecture where only the operating system is written. */
  readonly host?: Platform;
}

/**
 * Reads `os[(version[+feature...])]/architecture[/variant]` and gives it in normal form. An architecture alone is one
 * of Linux. The names that `uname -m` prints, and those of Debian and Docker Hub, are understood:
 * `linux/x86_64`, `linux/aarch64`, `linux/armv7l`, `arm32v6`.
 * @throws {Fault} PLATFORM_MALFORMED
 */
export function parsePlatform(text: string, options: ParsePlatformOptions = {}): Platform {
  const written = text.trim();
  if (written.toLowerCase() === 'local' && options.host !== undefined) return normalizePlatform(options.host);
  const [first = '', second, third, ...rest] = written.split('/');
  if (rest.length > 0) throw malformed(text, 'it has more than three parts');
  if (second === undefined) return parseSingle(text, first, options.host);
  return platformOf(text, parseOs(text, first), parseArchitecture(text, second, third));
}

/** The normal form as text: `linux/arm64`, `linux/arm/v7`, `windows(10.0.17763)/amd64`; `unknown` without an operating system. */
export function formatPlatform(platform: Platform): string {
  const normal = normalizePlatform(platform);
  if (normal.os === '') return 'unknown';
  const version = escapeOsOption(normal['os.version'] ?? '');
  const features = (normal['os.features'] ?? []).map((feature) => `+${escapeOsOption(feature)}`);
  const options = version === '' && features.length === 0 ? '' : `(${version}${features.join('')})`;
  return [normal.os + options, normal.architecture, normal.variant ?? ''].filter((part) => part !== '').join('/');
}

/**
 * The canonical form of a platform, equal to what containerd makes of it, except that a missing operating system
 * stays missing instead of becoming that of this machine. Empty fields are left out, features sorted.
 * https://github.com/containerd/platforms/blob/main/database.go
 */
export function normalizePlatform(platform: Platform): Platform {
  const os = platform.os.toLowerCase();
  const { architecture, variant } = normalizeArchitecture(
    platform.architecture.toLowerCase(),
    (platform.variant ?? '').toLowerCase(),
  );
  const version = platform['os.version'] ?? '';
  const features = [...new Set(platform['os.features'])].filter((feature) => feature !== '').sort();
  return {
    os: os === 'macos' ? 'darwin' : os,
    architecture,
    ...(variant === '' ? {} : { variant }),
    ...(version === '' ? {} : { 'os.version': version }),
    ...(features.length === 0 ? {} : { 'os.features': features }),
  };
}

/** Whether two platforms have the same normal form. */
export function platformsEqual(a: Platform, b: Platform): boolean {
  return formatPlatform(a) === formatPlatform(b);
}

interface Machine {
  readonly architecture: string;
  readonly variant: string;
}

interface OsPart {
  readonly os: string;
  readonly 'os.version': string;
  readonly 'os.features': readonly string[];
}

function normalizeArchitecture(architecture: string, variant: string): Machine {
  switch (architecture) {
    case 'i386':
      return { architecture: '386', variant: '' };
    case 'x86_64':
    case 'x86-64':
    case 'amd64':
      return { architecture: 'amd64', variant: variant === 'v1' ? '' : variant };
    case 'aarch64':
    case 'arm64':
      return { architecture: 'arm64', variant: normalizeArm64Variant(variant) };
    case 'armhf':
      return { architecture: 'arm', variant: 'v7' };
    case 'armel':
      return { architecture: 'arm', variant: 'v6' };
    case 'arm':
      return { architecture, variant: normalizeArmVariant(variant) };
    default:
      return { architecture, variant };
  }
}

function normalizeArm64Variant(variant: string): string {
  if (['8', 'v8', 'v8.0'].includes(variant)) return '';
  return ['9', '9.0', 'v9.0'].includes(variant) ? 'v9' : variant;
}

function normalizeArmVariant(variant: string): string {
  if (variant === '') return 'v7';
  return ['5', '6', '7', '8'].includes(variant) ? `v${variant}` : variant;
}

function platformOf(text: string, os: OsPart, machine: Machine): Platform {
  const platform = normalizePlatform({ ...os, ...machine });
  if (!operatingSystems.includes(platform.os)) {
    throw malformed(text, `"${platform.os}" is no known operating system${didYouMean(platform.os, operatingSystems)}`);
  }
  if (!architectures.includes(platform.architecture)) throw unknownArchitecture(text, platform.architecture);
  const variant = platform.variant ?? '';
  if (
    ['amd64', 'arm', 'arm64'].includes(platform.architecture) &&
    variant !== '' &&
    !/^v\d+(?:\.\d+)?$/.test(variant)
  ) {
    const example = { amd64: 'v2', arm: 'v7' }[platform.architecture] ?? 'v8';
    throw malformed(text, `"${variant}" is no variant of ${platform.architecture}, one reads like "${example}"`);
  }
  return platform;
}

function parseSingle(text: string, part: string, host: Platform | undefined): Platform {
  const os = parseOs(text, part);
  if (!operatingSystems.includes(normalizePlatform({ os: os.os, architecture: '' }).os)) {
    return platformOf(text, parseOs(text, 'linux'), parseArchitecture(text, part, undefined));
  }
  if (host === undefined) throw malformed(text, 'it names no architecture');
  return platformOf(text, os, { architecture: host.architecture, variant: host.variant ?? '' });
}

function parseOs(text: string, part: string): OsPart {
  const match = /^([A-Za-z0-9_-]+)(?:\(([^()]*)\))?$/.exec(part);
  if (match === null) throw malformed(text, `"${part}" is no operating system`);
  const [version = '', ...features] = (match[2] ?? '').split('+').map((option) => unescapeOsOption(text, option));
  if (features.includes('')) throw malformed(text, 'it names an empty feature');
  return { os: match[1] ?? '', 'os.version': version, 'os.features': features };
}

function parseArchitecture(text: string, part: string, variantPart: string | undefined): Machine {
  for (const component of [part, variantPart ?? 'none']) {
    if (!/^[A-Za-z0-9_.-]+$/.test(component)) throw malformed(text, `"${component}" is no architecture or variant`);
  }
  const name = part.toLowerCase();
  const alias = architectureAliases.get(name);
  const said = normalizeArchitecture(alias?.architecture ?? name, alias?.variant ?? '');
  if (variantPart === undefined) return said;
  const variant = normalizeArchitecture(said.architecture, variantPart.toLowerCase()).variant;
  const saysVariant = alias?.variant !== undefined || name === 'armhf' || name === 'armel';
  if (saysVariant && variant !== said.variant) {
    throw malformed(text, `"${part}" means ${said.architecture}/${said.variant}, not "${variantPart}"`);
  }
  return { architecture: said.architecture, variant };
}

function unknownArchitecture(text: string, architecture: string): Fault {
  const spellings = [...architectures, ...architectureAliases.keys(), 'x86_64', 'aarch64', 'armhf', 'armel', 'i386'];
  return malformed(text, `"${architecture}" is no known architecture${didYouMean(architecture, spellings)}`);
}

function malformed(text: string, reason: string): Fault {
  return new Fault(
    'PLATFORM_MALFORMED',
    `Cannot read the platform "${text}": ${reason}, expected os/architecture[/variant]`,
    { where: { platform: text } },
  );
}

/** Only what has a meaning in the written form is escaped. */
function escapeOsOption(option: string): string {
  return option.replace(/[%+()/]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

function unescapeOsOption(text: string, option: string): string {
  try {
    return decodeURIComponent(option);
  } catch (cause) {
    throw malformed(text, `"${option}" ends a %-escape too early or is not UTF-8 (${String(cause)})`);
  }
}
