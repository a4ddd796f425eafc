import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createBuildkitEngine } from '../../src/engine/buildkit/engine.ts';
import { defaultWatchLimits } from '../../src/engine/buildkit/loop/watchdog.ts';
import type { CellResult } from '../../src/engine/engine.ts';
import { builderWith, cellWith, recipeWith } from '../support/buildkit-cell.ts';
import { AttemptBench, shellStage } from './support/attempt-bench.ts';
import { useWorkbench } from './support/workbench.ts';

/** No other process has these arguments. */
const hang = 'sleep 71931';

/** Command lines of all processes of this machine that hang so. */
function hanging(): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()];
      } catch {
        // It has ended in the meantime.
        return [];
      }
    })
    .filter((line) => line.endsWith(hang));
}

describe('an emulated build that hangs', () => {
  const workbench = useWorkbench();
  const bench = new AttemptBench(workbench);

  test('is ended with all its processes, names the cause, and is not tried again the same way', async () => {
    const name = await workbench.builder();
    const text = `${shellStage}\nRUN echo begun; ${hang}\n`;
    const dockerfile = join(workbench.files('hang', { Dockerfile: text }), 'Dockerfile');
    const results: CellResult[] = [];
    const seen: string[] = [];
    const cell = cellWith({
      platform: 'linux/arm64',
      builder: name,
      route: { kind: 'emulated', reason: 'for a test' },
      recipe: recipeWith({ context: await bench.context(), dockerfile, noCache: true, provenance: 'false' }),
    });
    const limits = { ...defaultWatchLimits, emulatedSilenceMs: 6000, heartbeatMs: 3000 };

    await createBuildkitEngine({ limits }).build([cell], {
      host: { ...bench.host(), emit: ({ kind }) => kind === 'note' && seen.push(...hanging()) },
      cacheDirectory: join(workbench.folder, 'cache'),
      openImage: () => Promise.resolve(undefined),
      builders: [builderWith({ name })],
      runFolder: join(workbench.folder, 'run'),
      onResult: (result) => results.push(result),
    });

    expect(results).toMatchObject([
      {
        kind: 'failed',
        fault: { code: 'EMULATION_STUCK', message: expect.stringContaining('no sign of life for 6 s') as unknown },
        logTail: expect.arrayContaining([expect.stringContaining('begun')]) as unknown,
      },
    ]);
    expect(results[0]).not.toHaveProperty('attempts');
    expect(seen.filter((line) => line.includes('qemu'))).not.toEqual([]);
    await expect.poll(hanging, { timeout: 20_000 }).toEqual([]);
  });
});
