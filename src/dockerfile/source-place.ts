import type { FaultCode } from '../errors/codes.ts';
import { Fault } from '../errors/fault.ts';
import type { SourceLocation } from './node.ts';

/** Lines of a file that a fault can be shown in. */
export interface Place {
  readonly file: string;
  /** The whole file, line by line, without line breaks. */
  readonly lines: readonly string[];
  readonly location: SourceLocation;
}

/** What is wrong at a place. */
export interface Problem {
  /** What is, in a few words; it becomes the end of the message. */
  readonly reason: string;
  /** Default: `DOCKERFILE_SYNTAX`. */
  readonly code?: FaultCode;
  /** The text that the caret is to point at; it is looked for in the lines of the place. */
  readonly near?: string;
  readonly hint?: string;
  /** What could not be done. Default: parse the file. */
  readonly action?: string;
  readonly cause?: unknown;
}

/** The place of an instruction or a stage's FROM in a Dockerfile. */
export function placeOf(
  file: { readonly file: string; readonly source: string },
  written: { readonly location: SourceLocation },
): Place {
  return { file: file.file, lines: sourceLines(file.source), location: written.location };
}

/** The lines of a text, without line breaks and without a byte order mark. */
export function sourceLines(source: string): readonly string[] {
  return source.replace(/^\uFEFF/, '').split(/\r?\n/);
}

/** A fault that names file, line and column, with the line and a caret as its frame. */
export function placeFault(place: Place, problem: Problem): Fault {
  const { line, column, length } = spot(place, problem.near);
  return new Fault(
    problem.code ?? 'DOCKERFILE_SYNTAX',
    `Cannot ${problem.action ?? `parse ${place.file}`}: ${problem.reason}`,
    {
      where: { file: place.file, line, column },
      frame: sourceFrame(place.lines, { line, column, length }),
      ...(problem.hint === undefined ? {} : { hint: problem.hint }),
      ...(problem.cause === undefined ? {} : { cause: problem.cause }),
    },
  );
}

/**
 * Does the work, and tells a fault that it throws without a line where in the file it happened.
 * The message, code and hint stay. `near` is the text that the caret is to point at. A place that costs something to make
 * is given as a function.
 * @throws {Fault} whatever the work throws
 */
export function atPlace<T>(place: Place | (() => Place), work: () => T, near?: string): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Fault) || error.where.line !== undefined) throw error;
    const { file, lines, location } = typeof place === 'function' ? place() : place;
    const { line, column, length } = spot({ file, lines, location }, near);
    throw new Fault(error.code, error.message, {
      where: { ...error.where, file, line, column },
      frame: sourceFrame(lines, { line, column, length }),
      hint: error.hint,
      cause: error.cause,
      retryable: error.retryable,
    });
  }
}

interface Spot {
  readonly line: number;
  readonly column: number;
  readonly length: number;
}

function spot(place: Place, near: string | undefined): Spot {
  const { startLine, endLine } = place.location;
  if (near !== undefined && near !== '') {
    for (let line = startLine; line <= endLine; line++) {
      const index = (place.lines[line - 1] ?? '').indexOf(near);
      if (index >= 0) return { line, column: index + 1, length: near.length };
    }
  }
  const text = place.lines[startLine - 1] ?? '';
  const word = /\S+/.exec(text);
  return { line: startLine, column: (word?.index ?? 0) + 1, length: word?.[0].length ?? 1 };
}

/** The most characters of a line that a frame shows. */
const frameWidth = 120;

/** The line with its number, the one above it, and carets under the spot. Long lines are cut around the spot. */
export function sourceFrame(lines: readonly string[], { line, column, length }: Spot): string {
  const text = lines[line - 1] ?? '';
  const from = column > frameWidth - 20 ? column - 20 : 0;
  const shown = text.slice(from, from + frameWidth);
  const width = String(line).length;
  const above = lines[line - 2];
  const lead = shown.slice(0, Math.max(0, column - 1 - from)).replace(/[^\t]/g, ' ');
  const carets = '^'.repeat(Math.max(1, Math.min(length, frameWidth - lead.length)));
  return [
    ...(above === undefined || above.trim() === ''
      ? []
      : [`${String(line - 1).padStart(width + 2)} | ${above.slice(0, frameWidth)}`]),
    `> ${String(line).padStart(width)} | ${shown}`,
    `${' '.repeat(width + 2)} | ${lead}${carets}`,
  ].join('\n');
}
