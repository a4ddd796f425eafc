import { annotationOf, formatAnnotation } from '../ci/workflow-commands.ts';
import type { FaultWhere } from '../errors/fault.ts';
import type { CliContext } from './context.ts';

/** What is annotated: a fault, or a problem of an outcome. */
export interface Annotated {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly where: FaultWhere;
}

/** Shows problems beside the lines that they are about, where GitHub Actions reads what is written; on stderr. */
export function annotate(problems: readonly Annotated[], context: CliContext): void {
  if (context.host.env['GITHUB_ACTIONS'] !== 'true') return;
  const { host, stderr } = context;
  const place = {
    workspace: host.env['GITHUB_WORKSPACE'] ?? host.workingDirectory,
    workingDirectory: host.workingDirectory,
  };
  for (const problem of problems)
    stderr.write(`${host.redactor.redact(formatAnnotation(annotationOf(problem, place)))}\n`);
}
