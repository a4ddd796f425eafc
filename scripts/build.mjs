// Compiles src/ to dist/. Runs as `prepare`, so that `npm ci` leaves a program that works.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const compiler = `${root}node_modules/@typescript/native/bin/tsc`;
if (!existsSync(compiler)) {
  // A package installed from the registry carries dist/ and no compiler.
  process.exit(existsSync(`${root}dist/bin.js`) ? 0 : 1);
}
rmSync(`${root}dist`, { recursive: true, force: true });
const { status } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
});
if (status !== 0) process.exit(status ?? 1);
chmodSync(`${root}dist/bin.js`, 0o755);
