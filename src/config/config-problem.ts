import { sourceFrame } from '../dockerfile/source-place.ts';
import { Fault } from '../errors/fault.ts';

/** One thing that is wrong in a config file, and where. */
export interface ConfigProblem {
  /** What is, and what is expected. */
  readonly text: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based. */
  readonly column: number;
  /** How many characters the caret underlines. */
  readonly length: number;
  /** What is allowed here, where the text does not say it all: shown below the source line. */
  readonly allowed?: string;
}

export interface ConfigSource {
  /** As the user named it. */
  readonly file: string;
  readonly lines: readonly string[];
}

const mostShown = 20;

/** One fault that tells all problems of a file: the first in its message, all with their source lines in its frame. */
export function problemsFault(problems: readonly [ConfigProblem, ...ConfigProblem[]], source: ConfigSource): Fault {
  const [first, ...others] = problems;
  const more = others.slice(0, mostShown - 1);
  const left = others.length - more.length;
  const told = new Set<string>();
  const frames = [
    frameOf(first, source, told),
    ...more.map((problem) => `\n${placeOf(problem, source)}: ${problem.text}\n${frameOf(problem, source, told)}`),
    ...(left === 0 ? [] : [`\nand ${left} more`]),
  ];
  const count = others.length === 0 ? '' : ` (and ${others.length} more below)`;
  return new Fault('CONFIG_MALFORMED', `Cannot use ${placeOf(first, source)}: ${first.text}${count}`, {
    where: { file: source.file, line: first.line, column: first.column },
    frame: frames.join('\n'),
  });
}

function placeOf({ line, column }: ConfigProblem, { file }: ConfigSource): string {
  return `${file}:${line}:${column}`;
}

/** What is allowed is told once, however often it is needed. */
function frameOf(problem: ConfigProblem, { lines }: ConfigSource, told: Set<string>): string {
  const { allowed } = problem;
  const frame = sourceFrame(lines, problem);
  if (allowed === undefined || told.has(allowed)) return frame;
  told.add(allowed);
  return `${frame}\n${wrap(allowed)}`;
}

/** Lines of at most 100 columns, indented like the source. */
function wrap(text: string): string {
  const words = text.split(' ');
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < 92) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.map((line, index) => `${index === 0 ? '    = ' : '      '}${line}`).join('\n');
}
