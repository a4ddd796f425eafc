import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const folder = join(import.meta.dirname, '../../../.work/busybox');
const debianNames = { amd64: 'amd64', arm64: 'arm64', 'arm/v7': 'armhf', s390x: 's390x' } as const;

/** Architectures, as platforms name them, for which there is a shell. */
export type ShellArchitecture = keyof typeof debianNames;

/**
 * The path of a static busybox for an architecture, from Debian's own package. It is fetched once and kept beside the
 * other peers; the package lists of the machine are not touched.
 */
export async function findBusybox(architecture: ShellArchitecture): Promise<string> {
  const name = debianNames[architecture];
  const kept = join(folder, name, 'bin/busybox');
  if (existsSync(kept)) return kept;
  mkdirSync(folder, { recursive: true });
  const work = mkdtempSync(join(folder, 'fetch-'));
  try {
    mkdirSync(join(work, 'lists/partial'), { recursive: true });
    writeFileSync(join(work, 'status'), '');
    const options = [
      `APT::Architecture=${name}`,
      `APT::Architectures=${name}`,
      `Dir::State::lists=${join(work, 'lists')}`,
      // A file of our own: apt takes the write permission of others from whatever it is given here.
      `Dir::State::status=${join(work, 'status')}`,
      'Dir::Cache::pkgcache=',
      'Dir::Cache::srcpkgcache=',
      'Acquire::Languages=none',
      'Acquire::Retries=3',
      'APT::Sandbox::User=root',
    ].flatMap((option) => ['-o', option]);
    await run('apt-get', [...options, 'update', '-qq']);
    await run('apt-get', [...options, 'download', '-qq', 'busybox-static'], { cwd: work });
    const [deb = ''] = readdirSync(work).filter((file) => file.endsWith('.deb'));
    await run('dpkg', ['-x', join(work, deb), join(work, 'tree')]);
    if (!existsSync(kept)) renameSync(join(work, 'tree'), join(folder, name));
    return kept;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
