import { createPainter } from '../host/paint.ts';
import { choosePalette } from '../report/palette.ts';
import { redactEvent } from '../report/progress-event.ts';
import { chooseProgressMode, createProgressView, type ProgressChoice } from '../report/progress-view.ts';
import type { CliContext } from './context.ts';

export interface Progress {
  /** Takes the frame away; what was written stays. Again does nothing. */
  readonly stop: () => void;
}

/** Shows the events of a run on stderr until it is stopped. */
export function startProgress(context: CliContext, { mode }: { readonly mode: ProgressChoice }): Progress {
  const { host, stderr } = context;
  const view = createProgressView(chooseProgressMode(mode, stderr.isInteractive), choosePalette(stderr.hasColors));
  const painter = createPainter({
    terminal: stderr,
    redactor: host.redactor,
    frame: () => view.frame({ nowMs: host.clock.monotonicMs(), columns: stderr.columns(), rows: stderr.rows() }),
  });
  context.showEvents((event) => {
    const shown = redactEvent(event, (text) => host.redactor.redact(text));
    painter.print(view.take(shown, host.clock.monotonicMs()));
  });
  return { stop: () => painter.stop() };
}
