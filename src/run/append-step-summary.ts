import { appendFile } from 'node:fs/promises';
import type { Host } from '../host/host.ts';
import { renderMarkdown } from '../report/render-markdown.ts';
import { renderPullRequestComment } from '../report/render-pull-request-comment.ts';
import type { Summary } from '../report/summary.ts';

/** GitHub takes no more than 1 MiB of one step, and then shows nothing of it. */
const longestBytes = 1_000_000;

/**
 * Adds a summary to that of the job where GitHub Actions asks for one (`GITHUB_STEP_SUMMARY`); false where it does not, or
 * the file cannot be written, which is told in a note.
 */
export async function appendStepSummary(summary: Summary, host: Host): Promise<boolean> {
  const file = host.env['GITHUB_STEP_SUMMARY'] ?? '';
  if (file === '') return false;
  const whole = host.redactor.redact(renderMarkdown(summary));
  const isShort = Buffer.byteLength(whole) <= longestBytes;
  const text = isShort ? whole : host.redactor.redact(renderPullRequestComment(summary, { limit: longestBytes / 4 }));
  try {
    await appendFile(file, `${text}\n\n`);
    return true;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    host.emit({ kind: 'note', level: 'warning', text: `The summary of the job cannot be written: ${reason}` });
    return false;
  }
}
