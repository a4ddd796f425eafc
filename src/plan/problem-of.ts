import { type Fault, isFault } from '../errors/fault.ts';
import type { Redactor } from '../errors/redact.ts';
import type { Problem, ProblemCause } from './outcome.ts';

const mostCauses = 5;

/** A fault as it is kept in an outcome: plain JSON without secrets. */
export function problemOf(fault: Fault, { redactor }: { readonly redactor: Redactor }): Problem {
  const causes = causesOf(fault, mostCauses).map((cause) => causeOf(cause, redactor));
  return {
    code: fault.code,
    exitCode: fault.exitCode,
    message: redactor.redact(fault.message),
    hint: redactor.redact(fault.hint),
    ...(fault.frame === undefined ? {} : { frame: redactor.redact(fault.frame) }),
    where: Object.fromEntries(
      Object.entries(fault.where).flatMap(([key, value]: readonly [string, string | number | undefined]) =>
        value === undefined ? [] : [[key, typeof value === 'string' ? redactor.redact(value) : value]],
      ),
    ),
    ...(causes.length === 0 ? {} : { causes }),
  };
}

/** What led to an error, outermost first; the members of an aggregate one after the other. */
export function causesOf(error: unknown, most: number): readonly unknown[] {
  if (!(error instanceof Error) || most === 0) return [];
  const several: readonly unknown[] = error instanceof AggregateError ? error.errors : [];
  const inner: readonly unknown[] = error.cause === undefined ? several : [error.cause, ...several];
  return inner.flatMap((cause) => [cause, ...causesOf(cause, most - 1)]).slice(0, most);
}

/** What an error says; one that says nothing is named. */
export function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message === '' ? error.name : error.message;
  return typeof error === 'string' ? error : `something that is no error was thrown: ${JSON.stringify(error)}`;
}

function causeOf(cause: unknown, redactor: Redactor): ProblemCause {
  const message = redactor.redact(messageOf(cause));
  if (!isFault(cause)) return { message };
  return {
    message,
    code: cause.code,
    ...(cause.frame === undefined ? {} : { frame: redactor.redact(cause.frame) }),
  };
}
