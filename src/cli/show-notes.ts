import { choosePalette } from '../report/palette.ts';
import { redactEvent } from '../report/progress-event.ts';
import { createProgressView } from '../report/progress-view.ts';
import type { CliContext } from './context.ts';

/** Shows the notes and warnings of a run on stderr, and nothing of its progress: for commands that take a moment. */
export function showNotes({ host, stderr, showEvents }: CliContext): void {
  const view = createProgressView('tty', choosePalette(stderr.hasColors));
  showEvents((event) => {
    const shown = redactEvent(event, (text) => host.redactor.redact(text));
    for (const line of view.take(shown, host.clock.monotonicMs())) stderr.write(`${line}\n`);
  });
}
