import type { CommandEntry } from '../src/cli/all-commands.ts';
import type { Streams } from '../src/cli/context.ts';
import type { CodeMeaning } from '../src/errors/code.ts';

/** docs/commands.md: the help of every command, as `main` prints it. */
export function renderCommands(
  main: (argv: readonly string[], streams: Streams) => Promise<number>,
  commands: readonly CommandEntry[],
): Promise<string>;

/** docs/errors.md: the exit codes, and every fault with its meaning and what usually helps. */
export function renderErrors(
  codes: Readonly<Record<string, CodeMeaning>>,
  exitCodes: Readonly<Record<string, number>>,
): string;
