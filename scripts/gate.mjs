// The gate: everything that must hold before a change lands, without Docker and without root.
// Ends with the plain counts of the tests; any failed step fails the whole.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { runTests } from './run-tests.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = (name) => `${root}node_modules/.bin/${name}`;
const only = process.argv.slice(2);

const steps = [
  ['format', [bin('biome'), 'check', '.']],
  ['types', [bin('tsc'), '--noEmit']],
  ['build', [process.execPath, 'scripts/build.mjs']],
  ['lint', [bin('eslint'), '.']],
  ['dead code', [bin('knip')]],
  ['package', [process.execPath, 'scripts/check-package.mjs']],
].filter(([name]) => only.length === 0 || only.includes(name));

let failed = false;
for (const [name, [program, ...args]] of steps) {
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 });
  console.log(`${status === 0 ? 'ok  ' : 'FAIL'} ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
  if (status !== 0) {
    console.log(`${stdout}${stderr}`.trimEnd());
    failed = true;
  }
}
const counts =
  only.length === 0 || only.includes('test') ? runTests({ config: 'vitest.config.ts', leastCount: 200 }) : undefined;
if (counts !== undefined) console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exit(failed || counts?.ok === false ? 1 : 0);
