// Fetches esbuild's programs from npm into bin/OS/ARCHITECTURE[/VARIANT]/esbuild. What is there already stays.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const version = '0.28.2';
const packages = {
  'linux/amd64': 'linux-x64',
  'linux/386': 'linux-ia32',
  'linux/arm64': 'linux-arm64',
  'linux/arm/v7': 'linux-arm',
  'linux/ppc64le': 'linux-ppc64',
  'linux/riscv64': 'linux-riscv64',
  'linux/s390x': 'linux-s390x',
  'linux/loong64': 'linux-loong64',
  'linux/mips64le': 'linux-mips64el',
};

const run = promisify(execFile);
const placeOf = (platform) => join(import.meta.dirname, 'bin', platform, 'esbuild');
const missing = Object.entries(packages).filter(([platform]) => !existsSync(placeOf(platform)));
if (missing.length > 0) await fetchPrograms(missing);

/** npm checks every package against the registry's own checksum while it installs. */
async function fetchPrograms(wanted) {
  const folder = await mkdtemp(join(tmpdir(), 'esbuild-'));
  try {
    await writeFile(join(folder, 'package.json'), '{"private":true}');
    const names = wanted.map(([, name]) => `@esbuild/${name}@${version}`);
    await run('npm', ['install', '--force', '--no-save', '--no-audit', '--no-fund', '--ignore-scripts', ...names], {
      cwd: folder,
    });
    for (const [platform, name] of wanted) {
      const place = placeOf(platform);
      await mkdir(dirname(place), { recursive: true });
      await copyFile(join(folder, 'node_modules/@esbuild', name, 'bin/esbuild'), `${place}.new`);
      await chmod(`${place}.new`, 0o755);
      await rename(`${place}.new`, place);
    }
    console.log(`fetched esbuild ${version} for ${wanted.map(([platform]) => platform).join(', ')}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
