import type * as v from 'valibot';
import type { UnplacedProblem } from './check-shape.ts';
import type { ConfigPath } from './check-written.ts';
import { describeFound, nameOf } from './describe-value.ts';

/** The problems of values that are of the right kind: texts that no parser takes, numbers out of range, contradictions. */
export function explainIssues(
  issues: readonly v.BaseIssue<unknown>[],
  above: ConfigPath = [],
): readonly UnplacedProblem[] {
  return issues.flatMap((issue) => {
    const path = [...above, ...stepsOf(issue)];
    // Which schema of a union was meant is known by the kind of the value, so only one of them gets as far as its values.
    if (issue.issues !== undefined) return explainIssues(issue.issues, path);
    return issue.kind === 'validation' ? [explain(issue, path)] : [];
  });
}

function explain(issue: v.BaseIssue<unknown>, path: ConfigPath): UnplacedProblem {
  const at = issue.path?.at(-1)?.origin === 'key' ? 'key' : 'value';
  const { message, input } = issue;
  if (message.startsWith('Cannot ')) return { path, at, text: `c${message.slice(1)}` };
  if (message.startsWith('expected '))
    return { path, at, text: `${nameOf(path)} is ${describeFound(input)}, ${message}` };
  if (!/^its? /.test(message)) return { path, at, text: message };
  if (at === 'key') return { path, at, text: `the key ${nameOf(path)}: ${message}` };
  const found = typeof input === 'object' ? '' : ` is ${describeFound(input)}`;
  return { path, at, text: `${nameOf(path)}${found}: ${message}` };
}

function stepsOf(issue: v.BaseIssue<unknown>): ConfigPath {
  return (issue.path ?? []).map(({ key }) => (typeof key === 'number' ? key : String(key)));
}
