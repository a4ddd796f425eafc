import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ChildProgram, compileProgram } from '../../support/child-program.ts';

let program: ChildProgram;
beforeAll(() => {
  program = compileProgram('test/contract/host/ending-program.ts');
});
afterAll(() => program.remove());

function end(how: string): { readonly code: number | null; readonly stderr: string } {
  const [command = '', ...args] = program.command;
  const { status, stderr } = spawnSync(command, [...args, how], { encoding: 'utf8' });
  return { code: status, stderr };
}

describe('runToEnd', () => {
  test.each(['0', '3'])('the process exits with what the program gives: %s', (how) => {
    expect(end(how)).toEqual({ code: Number(how), stderr: '' });
  });

  test('a wait that nothing can end is told, and is no success', () => {
    const { code, stderr } = end('forgotten');

    expect(code).toBe(70);
    expect(stderr).toContain('error: Cannot go on: what is waited for can no longer happen\nhint: ');
  });
});
