import type { Streams } from './context.ts';
import { readVersion } from './version.ts';

/**
 * Runs one command line and gives what the process exits with: 0 where all went well, else see docs/errors.md.
 * Nothing is loaded that the command does not need.
 */
export async function main(argv: readonly string[], streams: Streams): Promise<number> {
  if (argv.length === 1 && ['--version', '-V', '-v', 'version'].includes(argv[0] ?? '')) {
    streams.stdout.write(`${readVersion()}\n`);
    return 0;
  }
  const [{ createProgram }, { openContext }] = await Promise.all([import('./program.ts'), import('./open-context.ts')]);
  const { context, finish } = openContext(argv, streams);
  try {
    const program = await createProgram(argv, context);
    await program.parseAsync([...argv], { from: 'user' });
    return finish();
  } catch (problem) {
    if (isHelpShown(problem)) return finish(0);
    const { showProblem } = await import('./show-problem.ts');
    return finish(showProblem(problem, argv, context));
  }
}

/** Commander ends a call for help by throwing, too. Asked here, because help is worth no more modules. */
function isHelpShown(problem: unknown): boolean {
  return problem instanceof Error && 'exitCode' in problem && problem.exitCode === 0;
}
