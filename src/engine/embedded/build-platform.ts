import { arch, endianness } from 'node:os';
import { normalizePlatform, type Platform } from '../../oci/platform.ts';

/** What Node calls a machine, where OCI calls it otherwise. */
const architectures: Readonly<Record<string, string>> = {
  x64: 'amd64',
  ia32: '386',
  ppc64: endianness() === 'LE' ? 'ppc64le' : 'ppc64',
  mipsel: 'mipsle',
};

/** The platform that BUILDPLATFORM names: what containers of this machine are. */
export function buildPlatform(): Platform {
  const name = arch();
  return normalizePlatform({ os: 'linux', architecture: architectures[name] ?? name });
}
