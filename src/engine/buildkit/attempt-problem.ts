import { type Fault, isFault } from '../../errors/fault.ts';
import type { Redactor } from '../../errors/redact.ts';
import type { Problem, ProblemCause } from '../../plan/outcome.ts';

const mostCauses = 5;

/** The fault of one attempt as it is kept among the attempts of a cell: plain JSON, redacted. */
export function attemptProblem(fault: Fault, redactor: Redactor): Problem {
  const causes = causesOf(fault, redactor);
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

function causesOf(fault: Fault, redactor: Redactor): readonly ProblemCause[] {
  const causes: ProblemCause[] = [];
  let cause: unknown = fault.cause;
  while (cause instanceof Error && causes.length < mostCauses) {
    const known = isFault(cause) ? { code: cause.code } : {};
    const frame = isFault(cause) && cause.frame !== undefined ? { frame: redactor.redact(cause.frame) } : {};
    causes.push({ message: redactor.redact(cause.message), ...known, ...frame });
    cause = cause.cause;
  }
  return causes;
}
