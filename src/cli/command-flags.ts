import { type Command, Help, Option } from 'commander';
import type { CliContext } from './context.ts';

/** What holds for every command and subcommand. */
export function configure(command: Command, context: CliContext): Command {
  return command
    .exitOverride()
    .configureHelp({
      showGlobalOptions: false,
      helpWidth: helpWidth(context.stdout.columns()),
      optionDescription: describeOption,
    })
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      outputError: () => undefined,
    })
    .helpOption('-h, --help', 'Show this help');
}

/** Flags that every command takes. */
export function addCommonFlags(command: Command): Command {
  return command
    .option('--json', 'Write the result as JSON')
    .addOption(new Option('--color <when>', 'Colours').choices(['auto', 'always', 'never']).default('auto'));
}

/** The flag of commands that take longer than a second. */
export function addProgressFlag(command: Command): Command {
  return command.addOption(
    new Option('--progress <mode>', 'How progress is shown')
      .choices(['auto', 'plain', 'tty', 'quiet', 'rawjson'])
      .default('auto')
      .env('BUILDKIT_PROGRESS'),
  );
}

/** Text that is read by eye: neither squeezed nor stretched. */
function helpWidth(columns: number): number {
  return Number.isFinite(columns) ? Math.max(60, Math.min(columns, 120)) : 80;
}

/** That a list is empty at first is nothing to tell. */
function describeOption(option: Option): string {
  return Array.isArray(option.defaultValue) ? option.description : new Help().optionDescription(option);
}
