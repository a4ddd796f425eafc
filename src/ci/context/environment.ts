import { Fault } from '../../errors/fault.ts';

/** The environment of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The value of a variable; one that is empty counts as unset. */
export function valueOf(env: Environment, name: string): string | undefined {
  const value = env[name];
  return value === undefined || value === '' ? undefined : value;
}

/** Of an object only what is known. */
export function known<T extends object>(fields: T): { readonly [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    readonly [Key in keyof T]?: Exclude<T[Key], undefined>;
  }; // the entries are those of T, less those without a value
}

/** A number that grows with every run; undefined where the variable holds none. */
export function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** An address of the web; undefined where it is none. What stands in it before `@` is a login and is taken away. */
export function addressOf(text: string | undefined): string | undefined {
  if (text === undefined || text.length > 2048 || !/^https?:\/\/\S+$/.test(text) || !URL.canParse(text))
    return undefined;
  return text.replace(/^(https?:\/\/)[^/?#]*@/, '$1');
}

/** A time as ISO 8601 has it; undefined where it is none. */
export function timeOf(text: string | undefined): string | undefined {
  if (text === undefined || !/^\d{4}-\d\d-\d\d[T ][\d:. +Z-]{5,24}$/.test(text)) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}

/**
 * A whole name of git: `refs/heads/main`. Empty where there is none.
 * https://git-scm.com/docs/git-check-ref-format
 *
 * @throws {Fault} EVENT_MALFORMED where no git would take it
 */
export function checkRef(text: string, source: string): string {
  if (text === '' || (text.length <= 1024 && isRef(text))) return text;
  throw malformed(source, text, 'the whole name of a branch, a tag or a pull request, for example refs/heads/main');
}

/** The name of a branch, with or without `refs/heads/`; undefined where there is none. @throws {Fault} EVENT_MALFORMED */
export function checkBranch(text: string | undefined, source: string): string | undefined {
  if (text === undefined || text === '') return undefined;
  const name = text.replace(/^refs\/heads\//, '');
  checkRef(`refs/heads/${name}`, source);
  return name;
}

/** The name of a commit. Empty where there is none. @throws {Fault} EVENT_MALFORMED */
export function checkCommit(text: string, source: string): string {
  if (text === '' || /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text)) return text;
  throw malformed(source, text, 'the whole name of a commit: 40 or 64 of 0-9 and a-f');
}

/** The name of an event. Empty where there is none. @throws {Fault} EVENT_MALFORMED */
export function checkEventName(text: string, source: string): string {
  if (/^[a-z_]{0,64}$/.test(text)) return text;
  throw malformed(source, text, 'the name of an event, for example pull_request');
}

function isRef(text: string): boolean {
  return (
    /^refs\/\S+$/.test(text) && !/[\u0000-\u0020\u007f~^:?*[\\]|\.\.|\/\/|@\{|\/\.|\/$|\.$|\.lock(?:\/|$)/.test(text)
  );
}

function malformed(source: string, text: string, expected: string): Fault {
  const shown = JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
  return new Fault('EVENT_MALFORMED', `Cannot read the event: ${source} is ${shown}, expected ${expected}`);
}
