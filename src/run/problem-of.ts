import type { Fault } from '../errors/fault.ts';
import type { Host } from '../host/host.ts';
import type { Problem, ProblemCause } from '../plan/outcome.ts';
import { describeFault } from '../report/render-fault.ts';
import type { ShownProblem } from '../report/render-problem.ts';

/** A fault as it is kept in an outcome: plain JSON without secrets. */
export function problemOf(fault: Fault, { redactor }: Host): Problem {
  const causes = (describeFault(fault).causes ?? []).map((cause) => causeOf(cause, redactor));
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

function causeOf({ message, code, frame }: ShownProblem, redactor: Host['redactor']): ProblemCause {
  return {
    message: redactor.redact(message),
    ...(code === undefined ? {} : { code }),
    ...(frame === undefined ? {} : { frame: redactor.redact(frame) }),
  };
}
