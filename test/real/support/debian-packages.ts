import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const peers = join(import.meta.dirname, '../../../.work');

/** Debian's own names of architectures. */
export type DebianArchitecture = 'amd64' | 'arm64' | 'armhf' | 's390x';

export interface DebianPackages {
  readonly architecture: DebianArchitecture;
  readonly packages: readonly string[];
  /** Whether all that they depend on comes too. Default: false. */
  readonly closure?: boolean;
}

/** What a maker of something from packages works with. */
export interface DebianWork {
  /** Paths of the packages' files. */
  readonly fetch: (what: DebianPackages) => Promise<readonly string[]>;
  /** A new folder, which is gone afterwards. */
  readonly folder: string;
}

/**
 * The path of something that is made of Debian's packages, once: it is kept beside the other peers. `make` fills the folder
 * that it is given. The package lists of the machine are not touched.
 */
export async function keepPeer(
  name: string,
  make: (target: string, work: DebianWork) => Promise<void>,
): Promise<string> {
  const kept = join(peers, name);
  if (existsSync(kept)) return kept;
  mkdirSync(dirname(kept), { recursive: true });
  const folder = mkdtempSync(join(dirname(kept), `fetch-${basename(kept)}-`));
  try {
    const target = join(folder, 'made');
    mkdirSync(target);
    await make(target, { folder, fetch: (what) => fetchPackages(what, folder) });
    if (!existsSync(kept)) renameSync(target, kept);
    return kept;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Unpacks packages into a folder, without their scripts. */
export async function unpackDebian(files: readonly string[], target: string): Promise<void> {
  for (const file of files) await run('dpkg', ['-x', file, target]);
}

async function fetchPackages(
  { architecture, packages, closure = false }: DebianPackages,
  folder: string,
): Promise<readonly string[]> {
  const work = mkdtempSync(join(folder, 'apt-'));
  mkdirSync(join(work, 'lists/partial'), { recursive: true });
  mkdirSync(join(work, 'archives/partial'), { recursive: true });
  writeFileSync(join(work, 'status'), '');
  const options = [
    `APT::Architecture=${architecture}`,
    `APT::Architectures=${architecture}`,
    `Dir::State::lists=${join(work, 'lists')}`,
    // A file of our own: apt takes the write permission of others from whatever it is given here.
    `Dir::State::status=${join(work, 'status')}`,
    `Dir::Cache::archives=${join(work, 'archives')}`,
    'Dir::Cache::pkgcache=',
    'Dir::Cache::srcpkgcache=',
    'Acquire::Languages=none',
    'Acquire::Retries=3',
    'APT::Sandbox::User=root',
    'APT::Install-Recommends=false',
  ].flatMap((option) => ['-o', option]);
  const archives = join(work, 'archives');
  await run('apt-get', [...options, 'update', '-qq']);
  // With no package installed, what is to be installed is the closure.
  const verb = closure ? ['install', '--download-only', '--yes'] : ['download'];
  await run('apt-get', [...options, ...verb, '-qq', ...packages], { cwd: archives });
  return readdirSync(archives)
    .filter((file) => file.endsWith('.deb'))
    .map((file) => join(archives, file));
}
