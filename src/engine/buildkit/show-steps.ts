import { basename } from 'node:path';
import type { Host } from '../../host/host.ts';
import type { Cell } from '../../plan/cell.ts';
import { type BuildStep, isInstruction, type StepListener } from './build-steps.ts';
import type { ProgressWarning } from './decode-progress.ts';
import type { RunningAttempt } from './running-attempt.ts';

/**
 * Tells of the steps of a build in three places: events of the run, below the task of the attempt; the log of the cell; and
 * signs of life.
 */
export function showSteps({ request, host, log, task }: Omit<RunningAttempt, 'runFolder' | 'startedMs'>): StepListener {
  const { cell, onActivity } = request;
  function idOf(step: BuildStep): string {
    return `${task}/${step.number}`;
  }
  return {
    started: (step) => {
      log.write(`#${step.number} ${step.name}`);
      onActivity({ kind: 'step', text: step.name });
      if (isShown(step)) host.emit({ kind: 'task-started', id: idOf(step), title: step.name, parent: task });
    },
    progressed: (step, { done, total }) => {
      onActivity({ kind: 'bytes', text: step.name });
      if (!isShown(step) || done === 0) return;
      host.emit({
        kind: 'task-progressed',
        id: idOf(step),
        doneBytes: done,
        ...(total === undefined ? {} : { totalBytes: total }),
      });
    },
    ended: (step) => {
      log.write(`#${step.number} ${endOf(step)}`);
      onActivity({ kind: 'step', text: step.name });
      const outcome = step.state === 'cached' || step.state === 'failed' ? step.state : 'done';
      if (isShown(step)) host.emit({ kind: 'task-ended', id: idOf(step), outcome });
    },
    logged: (step, line) => {
      log.write(`#${step.number} ${line}`);
      onActivity({ kind: 'log', text: line });
      if (isShown(step)) host.emit({ kind: 'log', id: idOf(step), text: line });
    },
    warned: (warning) => {
      const text = describeWarning(warning, cell);
      log.write(`WARNING: ${text}`);
      noteOnce(text, warning.url, host);
    },
  };
}

/** What BuildKit does for itself is not shown, but for sending the context, which may take long. */
function isShown({ name }: BuildStep): boolean {
  return isInstruction(name) || !name.startsWith('[') || name === '[internal] load build context';
}

function endOf({ state, error }: BuildStep): string {
  if (state === 'cached') return 'CACHED';
  return state === 'failed' ? `ERROR: ${error ?? 'ended with the build'}` : 'DONE';
}

function describeWarning({ short, file, line }: ProgressWarning, { recipe }: Cell): string {
  if (file === undefined) return short;
  const path = file === basename(recipe.dockerfile) ? recipe.dockerfile : file;
  // BuildKit says the line in the text as well, where it is a check of the Dockerfile.
  return `${path}${line === undefined ? '' : `:${line}`}: ${short.replace(/ \(line \d+\)$/, '')}`;
}

const told = new WeakMap<Host, Set<string>>();

/** Every platform finds the same in the same Dockerfile. */
function noteOnce(text: string, url: string | undefined, host: Host): void {
  const known = told.get(host) ?? new Set();
  told.set(host, known);
  if (known.has(text)) return;
  known.add(text);
  host.emit({ kind: 'note', level: 'warning', text, ...(url === undefined ? {} : { hint: url }) });
}
