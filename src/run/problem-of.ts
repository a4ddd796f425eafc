import type { Fault } from '../errors/fault.ts';
import type { Host } from '../host/host.ts';
import type { Problem } from '../plan/outcome.ts';

/** A fault as it is kept in an outcome: plain JSON without secrets. */
export function problemOf(fault: Fault, { redactor }: Host): Problem {
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
  };
}
