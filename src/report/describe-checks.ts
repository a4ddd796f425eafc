import { formatCount } from './format-count.ts';
import type { SummaryChecks } from './summary.ts';

/** What the checks of a cell came to, in two words: `1 error`, `2 warnings`, `6 ok`; nothing where none were made. */
export function describeChecks(checks: SummaryChecks | undefined): string {
  if (checks === undefined) return '';
  const { ruleCount, errorCount, warningCount } = checks;
  if (errorCount > 0) return formatCount(errorCount, 'error');
  return warningCount > 0 ? formatCount(warningCount, 'warning') : `${ruleCount} ok`;
}
