// Sets up the real engine, registries and peers, and runs the tests that need them.
import { installReal } from './install-real.mjs';
import { runTests } from './run-tests.mjs';

installReal();
const counts = runTests({ config: 'vitest.real.config.ts', leastCount: 5, args: process.argv.slice(2) });
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exit(counts.ok ? 0 : 1);
