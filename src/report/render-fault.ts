import { exitCodes } from '../errors/code.ts';
import { isFault } from '../errors/fault.ts';
import { causesOf, messageOf } from '../plan/problem-of.ts';
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
  const causes = causesOf(error, maxCauses).map(describeCause);
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

function describeCause(cause: unknown): ShownProblem {
  if (!isFault(cause)) return { message: messageOf(cause) };
  const { message, code, frame, where } = cause;
  return { message, code, ...(frame === undefined ? {} : { frame }), where: { ...where } };
}
