import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** An emulator that the kernel of this machine starts for foreign programs. */
export interface Emulator {
  /** As it was registered, for example `qemu-aarch64`. */
  readonly name: string;
  /** In OCI's words: `arm64`. */
  readonly architecture: string;
  readonly interpreter: string;
  readonly isEnabled: boolean;
  /** It was opened when it was registered (flag F), so that it is found inside containers. */
  readonly isFixed: boolean;
}

const usualFolder = '/proc/sys/fs/binfmt_misc';

const architectures: Readonly<Record<string, string>> = {
  aarch64: 'arm64',
  arm: 'arm',
  i386: '386',
  x86_64: 'amd64',
  ppc64le: 'ppc64le',
  s390x: 's390x',
  riscv64: 'riscv64',
  loongarch64: 'loong64',
  mips64el: 'mips64le',
  mips64: 'mips64',
};

/**
 * The QEMUs that are registered with the kernel of this machine; none where it has no binfmt_misc.
 * https://docs.kernel.org/admin-guide/binfmt-misc.html
 */
export async function readEmulators(folder: string = usualFolder): Promise<readonly Emulator[]> {
  if (!existsSync(folder)) return [];
  const names = (await readdir(folder)).filter((name) => name.startsWith('qemu-')).sort();
  const read = await Promise.all(names.map((name) => readEmulator(folder, name)));
  return read.flatMap((emulator) => emulator ?? []);
}

async function readEmulator(folder: string, name: string): Promise<Emulator | undefined> {
  const architecture = architectures[name.replace(/^qemu-/, '')];
  if (architecture === undefined) return undefined;
  const text = await readFile(join(folder, name), 'utf8').catch(() => '');
  return {
    name,
    architecture,
    interpreter: /^interpreter (.+)$/m.exec(text)?.[1] ?? '',
    isEnabled: /^enabled$/m.test(text),
    isFixed: /^flags: *\S*F/m.test(text),
  };
}
