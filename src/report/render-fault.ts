import { exitCodes } from '../errors/code.ts';
import { isFault } from '../errors/fault.ts';
import type { Palette } from './palette.ts';
import { renderProblem, type ShownProblem } from './render-problem.ts';

const maxCauses = 5;
const internalHint = 'This is a fault of polyarch: please report it, with the lines above';

/** A caught error as the user meets it: message, where, source lines, chain of causes, hint and code. */
export function renderFault(error: unknown, palette: Palette): string {
  return renderProblem(describeFault(error), palette).join('\n');
}

/** The same as JSON. */
export function renderFaultJson(error: unknown): string {
  return `${JSON.stringify({ version: 1, kind: 'polyarch/error', ...describeFault(error) }, null, 2)}\n`;
}

/** What the process exits with when this error ends it. */
export function exitCodeOfError(error: unknown): number {
  return isFault(error) ? error.exitCode : exitCodes.internal;
}

/** What is told of a caught error. One that is no fault is a fault of polyarch, and comes with its stack. */
export function describeFault(error: unknown): ShownProblem {
  const causes = causesOf(error, maxCauses);
  if (isFault(error)) {
    const { code, message, hint, frame, where } = error;
    return { message, code, hint, ...(frame === undefined ? {} : { frame }), where: { ...where }, causes };
  }
  const stack = error instanceof Error ? error.stack : undefined;
  const frame = stack
    ?.split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 8)
    .join('\n');
  return {
    message: messageOf(error),
    code: 'INTERNAL',
    hint: internalHint,
    ...(frame === undefined || frame === '' ? {} : { frame }),
    causes,
  };
}

/** Outermost first; those of an aggregate one after the other. */
function causesOf(error: unknown, most: number): readonly ShownProblem[] {
  if (!(error instanceof Error) || most === 0) return [];
  const several: readonly unknown[] = error instanceof AggregateError ? error.errors : [];
  const inner: readonly unknown[] = error.cause === undefined ? several : [error.cause, ...several];
  return inner.flatMap((cause) => [describeCause(cause), ...causesOf(cause, most - 1)]).slice(0, most);
}

function describeCause(cause: unknown): ShownProblem {
  if (!isFault(cause)) return { message: messageOf(cause) };
  const { message, code, frame, where } = cause;
  return { message, code, ...(frame === undefined ? {} : { frame }), where: { ...where } };
}

function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message === '' ? error.name : error.message;
  return typeof error === 'string' ? error : `something that is no error was thrown: ${JSON.stringify(error)}`;
}
