// Peers that are made of Debian's packages for any architecture, without touching the machine's own packages and lists.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const peers = fileURLToPath(new URL('../.work', import.meta.url));

/** The path of something that is made once and kept beside the other peers; `make` fills the folder that it is given. */
export async function keepPeer(name, make) {
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

/** The path of a static busybox, by Debian's name of the architecture. */
export async function findBusybox(architecture) {
  const tree = await keepPeer(`busybox/${architecture}`, async (target, { fetch }) => {
    await unpackDebian(await fetch({ architecture, packages: ['busybox-static'] }), target);
  });
  return join(tree, 'bin/busybox');
}

/** Unpacks packages into a folder, without their scripts. */
export async function unpackDebian(files, target) {
  for (const file of files) await run('dpkg', ['-x', file, target]);
}

async function fetchPackages({ architecture, packages, closure = false }, folder) {
  const work = mkdtempSync(join(folder, 'apt-'));
  mkdirSync(join(work, 'lists/partial'), { recursive: true });
  mkdirSync(join(work, 'archives/partial'), { recursive: true });
  writeFileSync(join(work, 'status'), '');
  const archives = join(work, 'archives');
  const options = [
    `APT::Architecture=${architecture}`,
    `APT::Architectures=${architecture}`,
    `Dir::State::lists=${join(work, 'lists')}`,
    // A file of our own: apt takes the write permission of others from whatever it is given here.
    `Dir::State::status=${join(work, 'status')}`,
    `Dir::Cache::archives=${archives}`,
    'Dir::Cache::pkgcache=',
    'Dir::Cache::srcpkgcache=',
    'Acquire::Languages=none',
    'Acquire::Retries=3',
    'APT::Sandbox::User=root',
    'APT::Install-Recommends=false',
  ].flatMap((option) => ['-o', option]);
  await run('apt-get', [...options, 'update', '-qq']);
  // With no package installed, what is to be installed is the closure.
  const verb = closure ? ['install', '--download-only', '--yes'] : ['download'];
  await run('apt-get', [...options, ...verb, '-qq', ...packages], { cwd: archives });
  return readdirSync(archives)
    .filter((file) => file.endsWith('.deb'))
    .map((file) => join(archives, file));
}
