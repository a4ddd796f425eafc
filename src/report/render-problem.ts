import type { Palette } from './palette.ts';
import { printable, printableLines } from './text-width.ts';

/** What is told of something that went wrong; a fault and what is kept of one in an outcome are such. */
export interface ShownProblem {
  readonly message: string;
  readonly code?: string;
  readonly hint?: string;
  readonly frame?: string | undefined;
  readonly where?: Readonly<Record<string, string | number | undefined>>;
  readonly causes?: readonly ShownProblem[];
}

type Places = NonNullable<ShownProblem['where']>;

const shownPlaces = ['platform', 'repository', 'reference', 'side', 'path'];

/** The lines of a problem: message, where, source lines, causes, what can be done, and the code. */
export function renderProblem(problem: ShownProblem, palette: Palette): readonly string[] {
  const [first = '', ...others] = printableLines(problem.message);
  const { hint, code } = problem;
  return [
    `${palette.bad('error')}: ${palette.title(first)}`,
    ...others.map((line) => `  ${line}`),
    ...details(problem, palette),
    ...(hint === undefined || hint === '' ? [] : [`${palette.name('hint')}: ${printable(hint)}`]),
    ...(code === undefined ? [] : [palette.quiet(`code: ${code}`)]),
  ];
}

function details(problem: ShownProblem, palette: Palette): readonly string[] {
  return [
    ...placeLine(problem, palette),
    ...(problem.frame === undefined ? [] : printableLines(problem.frame).map((line) => `  ${line}`.trimEnd())),
    ...(problem.causes ?? []).flatMap((cause) => causeLines(cause, palette)),
  ];
}

function causeLines(cause: ShownProblem, palette: Palette): readonly string[] {
  const [first = '', ...others] = printableLines(cause.message);
  return [`${palette.quiet('because')} ${first}`, ...others.map((line) => `  ${line}`), ...details(cause, palette)];
}

/** What of the place the message does not say already. */
function placeLine({ message, where: told = {} }: ShownProblem, palette: Palette): readonly string[] {
  const where: Places = { ...told, repository: wholeRepository(told) };
  const { file, line, column } = told;
  const position = [file, line, column].filter((part) => part !== undefined).map(String);
  const places = [
    ...(file === undefined ? [] : [position.join(':')]),
    ...shownPlaces.flatMap((name) => (where[name] === undefined ? [] : [`${name} ${String(where[name])}`])),
  ];
  const untold = places.filter((place) => !message.includes(place.replace(/^\w+ /, '')));
  return untold.length === 0 ? [] : [palette.quiet(`  at ${untold.map(printable).join(', ')}`)];
}

/** With its registry: `ghcr.io/acme/app`. */
function wholeRepository({ registry, repository }: Places): string | undefined {
  return registry === undefined || repository === undefined ? undefined : `${registry}/${repository}`;
}
