import { arch, endianness } from 'node:os';
import { normalizePlatform, type Platform } from '../oci/platform.ts';

/** What Node calls a machine, where OCI calls it otherwise. */
const architectures: Readonly<Record<string, string>> = {
  x64: 'amd64',
  ia32: '386',
  ppc64: endianness() === 'LE' ? 'ppc64le' : 'ppc64',
  mipsel: 'mipsle',
};

/** The platform that containers of this machine have, and that BUILDPLATFORM names: Linux on its architecture. */
export function hostPlatform(): Platform {
  const name = arch();
  return normalizePlatform({ os: 'linux', architecture: architectures[name] ?? name });
}
