import { expect } from 'vitest';
import { openWorkspace } from '../../support/run-program.ts';

/** A command line that must be refused, and what must be told of it. */
export interface BadInput {
  readonly name: string;
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly args: readonly string[];
  readonly exitCode: number;
  /** All of it stands on stderr: what was found, what was expected, where, and what to do. */
  readonly says: readonly string[];
}

/** Runs the program on bad input; what it says is on stderr, and nothing was written. */
export async function expectRefusal({ files = {}, args, exitCode, says }: BadInput): Promise<void> {
  const workspace = openWorkspace(files);
  try {
    const refused = await workspace.run(args);

    expect(refused.stderr).toContain('error: ');
    for (const part of says) expect(refused.stderr).toContain(part);
    expect(refused.stderr).toMatch(/\nhint: .+\ncode: [A-Z_]+\n/);
    expect(refused).toMatchObject({ exitCode, signal: null, stdout: '' });
    expect(refused.stderr).not.toContain('    at ');
    expect(workspace.has('.polyarch/app')).toBe(false);
  } finally {
    workspace.remove();
  }
}
