import { Fault } from '../../errors/fault.ts';

/** What `--chmod` makes of a mode. */
export interface ModeChange {
  /** As written, variables expanded. */
  readonly text: string;
  /** Set where it was written in octal: the mode itself. */
  readonly absolute?: number;
  readonly apply: (mode: number, isDirectory: boolean) => number;
}

type ModeState = { readonly original: number; readonly isDirectory: boolean };
type ModeStep = (mode: number, state: ModeState) => number;

const setUser = 0o4000;
const setGroup = 0o2000;
const sticky = 0o1000;
const everyone = setUser | setGroup | 0o777;
const execute = 0o111;

/**
 * Reads the value of `--chmod`: octal up to 07777, or symbolic as chmod(1) has it (`u=rwX,go-w`), with an umask of 0.
 * @throws {Fault} CHMOD_MALFORMED
 */
export function parseModeChange(text: string): ModeChange {
  if (/^[0-7]+$/.test(text)) {
    const absolute = Number.parseInt(text, 8);
    if (absolute > 0o7777) throw malformed(text);
    return { text, absolute, apply: () => absolute };
  }
  const steps = text.split(',').flatMap((clause) => parseClause(text, clause));
  return {
    text,
    apply: (original, isDirectory) => steps.reduce((mode, step) => step(mode, { original, isDirectory }), original),
  };
}

function parseClause(text: string, clause: string): ModeStep[] {
  const match = /^([ugoa]*)((?:[+=-][rwxXstugo]*)+)$/.exec(clause);
  if (match === null) throw malformed(text);
  const [, who = '', actions = ''] = match;
  return [...actions.matchAll(/([+=-])([rwxXstugo]*)/g)].flatMap(([, operator = '', permissions = '']) =>
    parseAction(whoBits(who), operator, permissions),
  );
}

function whoBits(who: string): number {
  let bits = 0;
  if (who.includes('a')) bits |= everyone;
  if (who.includes('u')) bits |= setUser | 0o700;
  if (who.includes('g')) bits |= setGroup | 0o070;
  if (who.includes('o')) bits |= 0o007;
  return bits;
}

function parseAction(who: number, operator: string, permissions: string): ModeStep[] {
  const allowed =
    who === 0 ? everyone | sticky : who | (permissions.includes('t') && isMoreThanOthers(who) ? sticky : 0);
  const bits = permissionBits(who, permissions) & allowed;
  const steps: ModeStep[] = [];
  if (operator === '=') steps.push((mode) => mode & ~(who === 0 ? everyone : allowed));
  steps.push(operator === '-' ? (mode) => mode & ~bits : (mode) => mode | bits);
  if (operator !== '-' && permissions.includes('X')) {
    steps.push((mode, state) =>
      state.isDirectory || (state.original & execute) !== 0 ? mode | (execute & allowed) : mode,
    );
  }
  for (const from of permissions.replace(/[^ugo]/g, '')) steps.push(copyStep(allowed, operator, from));
  return steps;
}

function permissionBits(who: number, permissions: string): number {
  let bits = 0;
  if (permissions.includes('r')) bits |= 0o444;
  if (permissions.includes('w')) bits |= 0o222;
  if (permissions.includes('x')) bits |= execute;
  if (permissions.includes('s') && isMoreThanOthers(who)) bits |= setUser | setGroup;
  if (permissions.includes('t') && isMoreThanOthers(who)) bits |= sticky;
  return bits;
}

/** `o+s` and `o+t` mean nothing. */
function isMoreThanOthers(who: number): boolean {
  return who === 0 || (who & ~0o007) !== 0;
}

/** `g=u`: gives a class the permissions that another one has at that moment. */
function copyStep(allowed: number, operator: string, from: string): ModeStep {
  const shift = { u: 6, g: 3 }[from] ?? 0;
  return (mode) => {
    const copied = (((mode >> shift) & 0o007) * execute) & allowed;
    return operator === '-' ? mode & ~copied : mode | copied;
  };
}

function malformed(text: string): Fault {
  return new Fault(
    'CHMOD_MALFORMED',
    `Cannot read the mode "${text}" of --chmod: expected an octal number up to 07777, or a symbolic mode such as u=rwX,go=rX`,
  );
}
