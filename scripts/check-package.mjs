// Packs the package as it would be published, installs it into an empty folder, and runs it.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'polyarch-package-'));
const run = (program, args, cwd) =>
  execFileSync(program, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
try {
  run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], root);
  const [tarball] = readdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{"name":"newcomer","private":true,"type":"module"}');
  run(
    'npm',
    ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline', join(folder, tarball)],
    folder,
  );
  const version = run(process.execPath, [join(folder, 'node_modules/.bin/polyarch'), '--version'], folder).trim();
  const face = run(
    process.execPath,
    ['--input-type=module', '-e', "import * as face from 'polyarch'; console.log(typeof face.Fault)"],
    folder,
  ).trim();
  if (!/^\d+\.\d+\.\d+/.test(version)) throw new Error(`polyarch --version printed "${version}"`);
  if (face !== 'function') throw new Error(`the library face has no Fault, found "${face}"`);
  console.log(`packed package runs: ${version}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
