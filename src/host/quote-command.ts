import type { Redactor } from '../errors/redact.ts';
import { looksSecret } from './secret-names.ts';

const mask = '***';
const plainWord = /^[A-Za-z0-9_@%+=:,./*-]+$/;
const assignment = /^(?:(--?[A-Za-z][\w-]*)=)?([A-Za-z_][\w.-]*)=/;

/** A word as a POSIX shell must be given it to pass exactly this text. The empty text becomes `''`. */
export function quoteWord(word: string): string {
  if (plainWord.test(word) && !word.includes('*')) return word;
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/**
 * A command line that can be pasted into a POSIX shell, secrets left out: known ones, values of options such as
 * `--password X`, and of assignments such as `API_TOKEN=X` become `***`.
 */
export function quoteCommand(program: string, args: readonly string[], redactor: Redactor): string {
  const shown = args.map((arg, index) => hideSecret(arg, args[index - 1]));
  return [program, ...shown].map((word) => quoteWord(redactor.redact(word))).join(' ');
}

function hideSecret(arg: string, before: string | undefined): string {
  if (before?.startsWith('--') === true && !before.includes('=') && !arg.startsWith('-') && isSecretOption(before)) {
    return mask;
  }
  if (arg.startsWith('--')) {
    const equals = arg.indexOf('=');
    if (equals > 0 && isSecretOption(arg.slice(0, equals))) return `${arg.slice(0, equals)}=${mask}`;
  }
  const found = assignment.exec(arg);
  if (found === null || !looksSecret(found[2] ?? '')) return arg;
  return `${found[0]}${mask}`;
}

/** `--secret id=npm,env=NPM_TOKEN` names where a secret lies and is needed to run the command again. */
function isSecretOption(option: string): boolean {
  return looksSecret(option) && option !== '--secret';
}
