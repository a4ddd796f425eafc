import { relative, resolve } from 'node:path/posix';
import { Fault } from '../errors/fault.ts';

/** Where relative paths of flags begin and where those of the config do; both absolute. */
export interface FlagFolders {
  readonly workingDirectory: string;
  readonly root: string;
}

/** A flag whose value is not of its form. */
export function flagFault(flag: string, value: string, reason: string): Fault {
  return new Fault('FLAG_MALFORMED', `Cannot use ${flag} "${value}": ${reason}`);
}

/** A path of a flag as the config has paths: relative to the config's folder. */
export function relocate(path: string, { workingDirectory, root }: FlagFolders): string {
  const moved = relative(root, resolve(workingDirectory, path));
  return moved === '' ? '.' : moved;
}

/**
 * The name and value of `NAME=VALUE`; the value is undefined where there is no `=`.
 *
 * @throws {Fault} FLAG_MALFORMED
 */
export function parsePair(flag: string, text: string): readonly [name: string, value: string | undefined] {
  const equals = text.indexOf('=');
  const name = equals < 0 ? text : text.slice(0, equals);
  if (name.trim() === '') throw flagFault(flag, text, 'it has no name, expected NAME=VALUE');
  return [name, equals < 0 ? undefined : text.slice(equals + 1)];
}

/** The entries of a flag that may be given several times and takes commas. */
export function splitList(values: readonly string[]): readonly string[] {
  return values
    .flatMap((value) => value.split(','))
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

/**
 * A named context with its path, if it has one, changed: `DIR`, `oci-layout://DIR[:TAG|@DIGEST]`. Images, URLs and
 * targets stay as they are.
 */
export function mapContextPath(place: string, change: (path: string) => string): string {
  const layout = /^oci-layout:\/\/(.+?)((?::[^/:@]+)?(?:@[^/@]+)?)$/.exec(place);
  if (layout !== null) return `oci-layout://${change(layout[1] ?? '')}${layout[2] ?? ''}`;
  return /^[a-z][a-z0-9+.-]*:\/\/|^target:|^git@/i.test(place) ? place : change(place);
}
