import type { CliContext } from '../../src/cli/context.ts';
import { createProgram } from '../../src/cli/program.ts';
import { showProblem } from '../../src/cli/show-problem.ts';
import type { Terminal } from '../../src/host/terminal.ts';
import type { FakeHost } from './fake-host.ts';

export interface CommandRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command line in this process with a fake host, without the process edge. */
export async function runCommand(argv: readonly string[], host: FakeHost): Promise<CommandRun> {
  const texts = { stdout: '', stderr: '' };
  let exitCode = 0;
  const context: CliContext = {
    host,
    stdout: terminal((text) => (texts.stdout += text)),
    stderr: terminal((text) => (texts.stderr += text)),
    showEvents: () => undefined,
    setExitCode: (code) => {
      exitCode = code;
    },
    expectSignal: () => undefined,
    ask: () => Promise.resolve(undefined),
  };
  try {
    const program = await createProgram(argv, context);
    await program.parseAsync([...argv], { from: 'user' });
  } catch (problem) {
    exitCode = showProblem(problem, argv, context);
  }
  return { exitCode, ...texts };
}

/** The same with `--json`, parsed. */
export async function runJson(argv: readonly string[], host: FakeHost): Promise<unknown> {
  const { stdout } = await runCommand([...argv, '--json'], host);
  return JSON.parse(stdout) as unknown;
}

function terminal(write: (text: string) => void): Terminal {
  return {
    isInteractive: false,
    hasColors: false,
    columns: () => 120,
    rows: () => 40,
    write,
    onResize: () => () => undefined,
  };
}
