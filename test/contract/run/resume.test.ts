import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ChildProgram, compileProgram } from '../../support/child-program.ts';
import { openRestorable, type Restorable } from '../../support/restorable.ts';

const cellCount = 24;
const variants = Array.from({ length: cellCount }, (_, number) => `v${number}: {args: {N: "${number}"}}`);

interface RunLines {
  readonly taken: number;
  readonly kept: readonly string[];
  readonly isDone: boolean;
}

describe('a run that is killed with -9', () => {
  let program: ChildProgram | undefined;
  let project: Restorable | undefined;
  beforeAll(() => {
    program = compileProgram('test/contract/run/resumable-run-program.ts');
    project = openRestorable('FROM scratch\nARG N\nCOPY a /\n');
  });
  afterAll(() => {
    program?.remove();
    project?.remove();
  });

  /** Runs it, and kills it once it has printed so many lines. */
  async function run(file: string, linesBeforeDeath: number): Promise<RunLines> {
    const child = program?.start([file]);
    const stdout = child?.stdout ?? undefined;
    if (child === undefined || stdout === undefined) throw new Error('the program did not start');
    const ended = once(child, 'close');
    const lines: string[] = [];
    for await (const line of createInterface({ input: stdout })) {
      lines.push(line);
      if (lines.length === linesBeforeDeath) child.kill('SIGKILL');
    }
    await ended;
    const kept = lines.flatMap((line) => (line.startsWith('kept ') ? [line.slice(5)] : []));
    return { taken: Number(lines[0]?.slice('taken '.length)), kept, isDone: lines.includes('done') };
  }

  test('takes over every part that was kept before, and builds only what is missing', async () => {
    if (project === undefined) throw new Error('there is a project');
    const file = join(project.folder, 'plan.json');
    const yaml = `image: app\nplatforms: [linux/arm64]\nvariants: {${variants.join(', ')}}\n`;
    writeFileSync(file, JSON.stringify(project.plan(yaml)));
    const kept = new Set<string>();
    let killed = 0;
    let last: RunLines = { taken: 0, kept: [], isDone: false };

    // Early, in the middle and late; what was printed was kept, what was being written when it died may have been.
    for (const lines of [2, 5, 3, 7]) {
      last = await run(file, lines);
      killed += last.isDone ? 0 : 1;
      expect(last.taken).toBeGreaterThanOrEqual(kept.size);
      expect(last.kept.filter((cell) => kept.has(cell))).toEqual([]);
      for (const cell of last.kept) kept.add(cell);
    }
    last = await run(file, Infinity);

    expect(killed).toBe(4);
    expect(last.isDone).toBe(true);
    expect(last.taken).toBeGreaterThanOrEqual(kept.size);
    expect(last.taken + last.kept.length).toBe(cellCount);
    expect((await run(file, Infinity)).taken).toBe(cellCount);
  });
});
