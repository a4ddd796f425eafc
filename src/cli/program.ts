import { Command } from 'commander';
import { Fault } from '../errors/fault.ts';
import { didYouMean } from '../errors/nearest.ts';
import { allCommands } from './all-commands.ts';
import { configure } from './command-flags.ts';
import type { CliContext } from './context.ts';
import { readVersion } from './version.ts';

const examples = `
Examples:
  polyarch build .                                 # linux/amd64 and linux/arm64 into .polyarch/
  polyarch build . --platform linux/arm/v7 --load  # one platform into the local Docker
  polyarch build . -t ghcr.io/acme/app:1.2 --push  # all platforms into a registry
  polyarch inspect ghcr.io/acme/app:1.2            # what is in it, platform by platform

Environment:
  POLYARCH_CACHE_DIR   the build cache; default: the user's cache folder
  SOURCE_DATE_EPOCH    the time written into images, in seconds since 1970
  NO_COLOR             no colours

Exit codes: 0 well, 1 failed, 2 misuse, 3 a proof found something, 4 registry or network, 5 machine, 130 interrupted
`;

/**
 * The program with the command that `argv` calls wholly described, and all others by name and summary.
 * Faults of the command line are thrown by commander as `CommanderError`.
 *
 * @throws {Fault} USAGE where the help of an unknown command is asked for
 */
export async function createProgram(argv: readonly string[], context: CliContext): Promise<Command> {
  const program = configure(new Command('polyarch'), context)
    .description('One Dockerfile to one proven container image for every CPU architecture.')
    .version(readVersion(), '-V, --version', 'Show the version')
    .helpCommand('help [command]', 'Show the help of a command')
    .addHelpText('after', examples)
    .showHelpAfterError(false);
  const called = argv.filter((word) => !word.startsWith('-')).find((word) => word !== 'help');
  if (argv[0] === 'help' && called !== undefined) refuseUnknown(called);
  for (const { name, summary, load } of allCommands) {
    const command = configure(program.command(name), context).summary(summary).description(summary);
    if (name === called) (await load())(command, context);
  }
  return program;
}

/** Commander would show the help of the program instead, and no word of what was wrong. */
function refuseUnknown(called: string): void {
  const names = allCommands.map(({ name }) => name);
  if (names.includes(called)) return;
  throw new Fault('USAGE', `Cannot show help: there is no command "${called}"${didYouMean(called, names)}`);
}
