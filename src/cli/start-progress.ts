import { formatGroup } from '../ci/workflow-commands.ts';
import { createPainter } from '../host/paint.ts';
import { choosePalette } from '../report/palette.ts';
import { redactEvent } from '../report/progress-event.ts';
import { chooseProgressMode, createProgressView, type ProgressChoice } from '../report/progress-view.ts';
import type { CliContext } from './context.ts';

export interface Progress {
  /** Takes the frame away; what was written stays. Again does nothing. */
  readonly stop: () => void;
}

/** Shows the events of a run on stderr until it is stopped; GitHub Actions folds them away, so that what follows is seen first. */
export function startProgress(context: CliContext, { mode }: { readonly mode: ProgressChoice }): Progress {
  const { host, stderr } = context;
  const chosen = chooseProgressMode(mode, stderr.isInteractive);
  const view = createProgressView(chosen, choosePalette(stderr.hasColors));
  const painter = createPainter({
    terminal: stderr,
    redactor: host.redactor,
    frame: () => view.frame({ nowMs: host.clock.monotonicMs(), columns: stderr.columns(), rows: stderr.rows() }),
  });
  const isFolded = chosen === 'plain' && host.env['GITHUB_ACTIONS'] === 'true';
  const group = formatGroup('Progress');
  if (isFolded) painter.print([group.begin]);
  context.showEvents((event) => {
    const shown = redactEvent(event, (text) => host.redactor.redact(text));
    painter.print(view.take(shown, host.clock.monotonicMs()));
  });
  let isStopped = false;
  function stop(): void {
    if (isFolded && !isStopped) painter.print([group.end]);
    isStopped = true;
    painter.stop();
  }
  return { stop };
}
