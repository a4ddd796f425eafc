import type { Summary } from './summary.ts';

/** The summary for programs: versioned, keys always in the same order. */
export function renderJson(summary: Summary): string {
  return JSON.stringify(summary, null, 2);
}
