import { CommanderError } from 'commander';
import { exitCodes } from '../errors/code.ts';
import { Fault } from '../errors/fault.ts';
import { choosePalette } from '../report/palette.ts';
import { exitCodeOfError, renderFault, renderFaultJson } from '../report/render-fault.ts';
import { annotate } from './annotate.ts';
import type { CliContext } from './context.ts';
import { usageFault } from './usage-fault.ts';

/** Shows what ended a command, as text on stderr or as JSON on stdout, and gives what the process exits with. */
export function showProblem(problem: unknown, argv: readonly string[], context: CliContext): number {
  const shown = problem instanceof CommanderError ? usageFault(problem, argv) : problem;
  const { redactor } = context.host;
  if (argv.includes('--json')) context.stdout.write(redactor.redact(renderFaultJson(shown)));
  else context.stderr.write(`${redactor.redact(renderFault(shown, choosePalette(context.stderr.hasColors)))}\n`);
  if (shown instanceof Fault) annotate([shown], context);
  return problem instanceof CommanderError ? exitCodes.misuse : exitCodeOfError(problem);
}
