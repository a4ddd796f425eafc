import type { CommanderError } from 'commander';
import { Fault } from '../errors/fault.ts';
import { allCommands } from './all-commands.ts';

/** What commander says of a command line, in our words; the rest is taken over as it is. */
const sentences: readonly (readonly [RegExp, string])[] = [
  [/^unknown option '(.+?)'/, 'there is no flag "$1"'],
  [/^unknown command '(.+?)'/, 'there is no command "$1"'],
  [/^missing required argument '(.+?)'/, '<$1> is missing'],
  [/^required option '(.+?)' not specified/, '$1 is missing'],
  [/^option '(.+?)' argument missing/, '$1 has no value'],
  [/^option '(.+?)' argument '(.*?)' is invalid\. Allowed choices are (.+)\.$/, '$1 is "$2", expected one of $3'],
  [
    /^too many arguments(?: for '.+?')?\. Expected (\d+) arguments? but got (\d+)\.$/,
    '$2 arguments, expected $1 at most',
  ],
  [/ \(Did you mean one of (.+)\?\)$/, '; did you mean one of $1'],
  [/ \(Did you mean (.+)\?\)$/, '; did you mean "$1"'],
];

/** What is wrong with a command line, as a fault that names the command and its help. */
export function usageFault({ message, code }: CommanderError, argv: readonly string[]): Fault {
  const called = argv.filter((word) => !word.startsWith('-')).find((word) => word !== 'help');
  const command = allCommands.find(({ name }) => name === called)?.name;
  const text = code === 'commander.help' ? 'no command is given, expected one of those above' : describe(message);
  return new Fault('USAGE', `Cannot run \`${command === undefined ? 'polyarch' : `polyarch ${command}`}\`: ${text}`, {
    hint: command === undefined ? 'See `polyarch help`' : `See \`polyarch help ${command}\``,
  });
}

function describe(message: string): string {
  const text = message.replace(/^error: /, '').replace(/\s+/g, ' ');
  return sentences.reduce((shown, [pattern, replacement]) => shown.replace(pattern, replacement), text.trim());
}
