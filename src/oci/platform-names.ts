/** Operating systems that Go, containerd and the WebAssembly runtimes name. */
export const operatingSystems: readonly string[] = [
  'linux',
  'windows',
  'darwin',
  'freebsd',
  'aix',
  'android',
  'dragonfly',
  'hurd',
  'illumos',
  'ios',
  'js',
  'nacl',
  'netbsd',
  'openbsd',
  'plan9',
  'solaris',
  'wasi',
  'wasip1',
  'zos',
];

/** Architectures that containerd knows. https://github.com/containerd/platforms/blob/main/database.go */
export const architectures: readonly string[] = [
  'amd64',
  'arm64',
  'arm',
  '386',
  'ppc64le',
  'riscv64',
  's390x',
  'loong64',
  'mips64le',
  'mips64',
  'mipsle',
  'mips',
  'ppc64',
  'amd64p32',
  'arm64be',
  'armbe',
  'mips64p32',
  'mips64p32le',
  'ppc',
  'riscv',
  's390',
  'sparc',
  'sparc64',
  'wasm',
];

export interface ArchitectureAlias {
  readonly architecture: string;
  /** Set where the other name says the variant as well. */
  readonly variant?: string;
}

const arm = 'arm';

/**
 * Other names of an architecture: what `uname -m` prints, Debian's and Docker Hub's names. Those that containerd
 * normalises itself (i386, x86_64, x86-64, aarch64, armhf, armel) are in `normalizePlatform`.
 */
export const architectureAliases: ReadonlyMap<string, ArchitectureAlias> = new Map([
  ['x86', { architecture: '386' }],
  ['i486', { architecture: '386' }],
  ['i586', { architecture: '386' }],
  ['i686', { architecture: '386' }],
  ['x64', { architecture: 'amd64' }],
  ['armv5', { architecture: arm, variant: 'v5' }],
  ['armv5l', { architecture: arm, variant: 'v5' }],
  ['armv5tel', { architecture: arm, variant: 'v5' }],
  ['armv5tejl', { architecture: arm, variant: 'v5' }],
  ['arm32v5', { architecture: arm, variant: 'v5' }],
  ['armv6', { architecture: arm, variant: 'v6' }],
  ['armv6l', { architecture: arm, variant: 'v6' }],
  ['arm32v6', { architecture: arm, variant: 'v6' }],
  ['armv7', { architecture: arm, variant: 'v7' }],
  ['armv7a', { architecture: arm, variant: 'v7' }],
  ['armv7l', { architecture: arm, variant: 'v7' }],
  ['arm32v7', { architecture: arm, variant: 'v7' }],
  // A 32-bit user space under an ARMv8 kernel: the images made for it are those for ARMv7.
  ['armv8l', { architecture: arm, variant: 'v7' }],
  ['arm64v8', { architecture: 'arm64' }],
  ['aarch64_be', { architecture: 'arm64be' }],
  ['ppc64el', { architecture: 'ppc64le' }],
  ['powerpc64le', { architecture: 'ppc64le' }],
  ['mipsel', { architecture: 'mipsle' }],
  ['mips64el', { architecture: 'mips64le' }],
  ['loongarch64', { architecture: 'loong64' }],
  ['wasm32', { architecture: 'wasm' }],
]);
