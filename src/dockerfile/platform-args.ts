/** The fields of a platform that args are made of; an OCI platform is one. */
export interface PlatformFields {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly 'os.version'?: string;
}

/**
 * The variables that every Dockerfile can use in FROM, and in a stage once ARG names them: `TARGETPLATFORM`, `TARGETOS`,
 * `TARGETARCH`, `TARGETVARIANT`, `TARGETOSVERSION`, and the same with `BUILD`. A part that a platform lacks is empty.
 * https://docs.docker.com/reference/dockerfile/#automatic-platform-args-in-the-global-scope
 */
export function platformArgs(target: PlatformFields, build: PlatformFields): Readonly<Record<string, string>> {
  return { ...argsOf('BUILD', build), ...argsOf('TARGET', target) };
}

function argsOf(prefix: 'BUILD' | 'TARGET', platform: PlatformFields): Readonly<Record<string, string>> {
  const version = platform['os.version'] ?? '';
  return {
    [`${prefix}PLATFORM`]: formatPlatform(platform),
    [`${prefix}OS`]: platform.os,
    [`${prefix}OSVERSION`]: version,
    [`${prefix}ARCH`]: platform.architecture,
    [`${prefix}VARIANT`]: platform.variant ?? '',
  };
}

function formatPlatform({ os, architecture, variant, ...rest }: PlatformFields): string {
  const version = rest['os.version'];
  const system = version === undefined || version === '' ? os : `${os}(${version})`;
  return [system, architecture, variant].filter((part) => part !== undefined && part !== '').join('/');
}
