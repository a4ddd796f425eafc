import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Runs vitest with a config file and counts. A run with fewer passed tests than `leastCount` is not ok:
 * a suite that lost or skipped its tests must not look green.
 */
export function runTests({ config, leastCount, args = [], env = {} }) {
  const folder = mkdtempSync(join(tmpdir(), 'polyarch-counts-'));
  const report = join(folder, 'report.json');
  try {
    const { status } = spawnSync(
      process.execPath,
      [
        `${root}node_modules/vitest/vitest.mjs`,
        'run',
        '--config',
        config,
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${report}`,
        ...args,
      ],
      { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...env } },
    );
    const {
      numPassedTests: passed,
      numFailedTests,
      numPendingTests,
      numTodoTests,
      numFailedTestSuites,
    } = JSON.parse(readFileSync(report, 'utf8'));
    const failed = numFailedTests === 0 && status !== 0 ? Math.max(1, numFailedTestSuites) : numFailedTests;
    if (passed < leastCount) console.log(`Only ${passed} tests passed, at least ${leastCount} were expected`);
    return { passed, failed, skipped: numPendingTests + numTodoTests, ok: status === 0 && passed >= leastCount };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
