import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFile, copyFile, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { keepPeer } from '../../../scripts/debian-packages.mjs';
import type { Workbench } from './workbench.ts';

const run = promisify(execFile);
const architecture = 'arm64';
/** What apt needs to install anything; all else that a Debian has is left out. */
const basePackages = ['apt', 'base-passwd', 'coreutils', 'dash', 'diffutils', 'dpkg', 'grep', 'libc-bin', 'sed', 'tar'];

export interface DebianImage {
  /** A folder that is a package repository: `deb [trusted=yes] file:FOLDER ./`. */
  readonly packages: string;
}

/**
 * Pushes a small Debian for linux/arm64 that has apt, and gives the packages from which a program can be installed there. The base
 * is unpacked and not installed, so that it takes seconds to make; what apt does in it is the real thing.
 */
export async function pushDebianImage(
  workbench: Workbench,
  { reference, program }: { readonly reference: string; readonly program: string },
): Promise<DebianImage> {
  const builder = await workbench.builder();
  const kept = await keepPeer(`debian-${program}/${architecture}`, async (target, { folder, fetch }) => {
    const packages = join(target, 'packages');
    await mkdir(packages);
    await writeRepository(await fetch({ architecture, packages: [program], closure: true }), packages);
    const tree = join(folder, 'tree');
    await unpackInstalled(await fetch({ architecture, packages: basePackages, closure: true }), tree);
    const dockerfile = 'FROM scratch\nCOPY tree/ /\nENV PATH=/usr/sbin:/usr/bin:/sbin:/bin\n';
    await writeFile(join(folder, 'Dockerfile'), dockerfile);
    const output = `type=oci,tar=false,dest=${join(target, 'image')}`;
    const flags = ['--builder', builder, '--platform', 'linux/arm64', '--provenance=false', '--output', output];
    await workbench.run('docker', ['buildx', 'build', ...flags, folder]);
  });
  await workbench.run('crane', ['push', join(kept, 'image'), reference]);
  return { packages: join(kept, 'packages') };
}

/** Unpacks packages, and notes them where dpkg looks for what is installed. */
async function unpackInstalled(files: readonly string[], tree: string): Promise<void> {
  const notes = join(tree, 'var/lib/dpkg');
  await mkdir(join(notes, 'info'), { recursive: true });
  for (const folder of ['tmp', 'var/lib/apt/lists/partial', 'var/cache/apt/archives/partial', 'var/log/apt', 'etc/apt'])
    await mkdir(join(tree, folder), { recursive: true });
  for (const file of files) {
    await run('dpkg', ['-x', file, tree]);
    const [name = '', ...fields] = (await run('dpkg-deb', ['-f', file])).stdout.trim().split('\n');
    await appendFile(join(notes, 'status'), `${[name, 'Status: install ok installed', ...fields].join('\n')}\n\n`);
    const title = name.replace('Package: ', '');
    const list = /^Multi-Arch: same$/m.test(fields.join('\n')) ? `${title}:${architecture}` : title;
    const { stdout } = await run('sh', ['-c', `dpkg-deb --fsys-tarfile ${file} | tar -t`], { maxBuffer: 1 << 24 });
    await writeFile(
      join(notes, 'info', `${list}.list`),
      stdout.replaceAll(/^\.\/$/gm, '/.').replaceAll(/^\.|\/$/gm, ''),
    );
  }
  // It asks a program in Perl, which is not there.
  await rm(join(tree, 'etc/apt/apt.conf.d/70debconf'), { force: true });
  await copyFile(join(tree, 'usr/share/base-passwd/passwd.master'), join(tree, 'etc/passwd'));
  await copyFile(join(tree, 'usr/share/base-passwd/group.master'), join(tree, 'etc/group'));
  await writeFile(join(tree, 'etc/apt/sources.list'), 'deb [trusted=yes] file:/packages ./\n');
  await writeFile(join(tree, 'etc/apt/apt.conf'), 'APT::Sandbox::User "root";\n');
}

/** A flat repository, as https://wiki.debian.org/DebianRepository/Format has it. */
async function writeRepository(files: readonly string[], folder: string): Promise<void> {
  const entries: string[] = [];
  for (const file of files) {
    await copyFile(file, join(folder, basename(file)));
    const control = (await run('dpkg-deb', ['-f', file])).stdout.trim();
    const sha256 = createHash('sha256')
      .update(await readFile(file))
      .digest('hex');
    const { size } = await stat(file);
    entries.push(`${control}\nFilename: ./${basename(file)}\nSize: ${size}\nSHA256: ${sha256}\n`);
  }
  await writeFile(join(folder, 'Packages'), entries.join('\n'));
}
