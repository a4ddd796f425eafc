import { formatBytes } from './format-bytes.ts';
import { formatDuration } from './format-duration.ts';
import type { Palette } from './palette.ts';
import type { ProgressEvent } from './progress-event.ts';
import { type FrameOptions, renderFrame } from './progress-frame.ts';
import { ProgressModel, type Task } from './progress-model.ts';
import { printable, printableLines } from './text-width.ts';

/** What `--progress` takes, as buildx has it. */
export type ProgressChoice = 'auto' | 'plain' | 'tty' | 'quiet' | 'rawjson';
export type ProgressMode = Exclude<ProgressChoice, 'auto'>;

/** `auto` is `tty` where lines may be painted over, else `plain`. */
export function chooseProgressMode(choice: ProgressChoice, isInteractive: boolean): ProgressMode {
  if (choice !== 'auto') return choice;
  return isInteractive ? 'tty' : 'plain';
}

export interface ProgressView {
  /** Takes an event; gives the lines that are written for good. */
  take(event: ProgressEvent, nowMs: number): readonly string[];
  /** The lines that are painted below them now, and painted over later. */
  frame(options: Omit<FrameOptions, 'palette'>): readonly string[];
}

/**
 * How a run is shown while it goes on. `tty`: a frame of what runs, and above it notes and the logs of what failed.
 * `plain`: a line for each log line, note, ended task and failed part of one. `rawjson`: a line of JSON for each event. `quiet`: nothing.
 */
export function createProgressView(mode: ProgressMode, palette: Palette): ProgressView {
  const model = new ProgressModel();
  return {
    take: (event, nowMs) => {
      if (mode === 'quiet') return [];
      if (mode === 'rawjson') return [JSON.stringify({ timeMs: Math.round(nowMs), ...event })];
      const task = taskOf(model, event);
      model.apply(event, nowMs);
      return mode === 'plain'
        ? plainLines(event, task, { nowMs, palette })
        : lastingLines(event, task, { nowMs, palette });
    },
    frame: (options) => (mode === 'tty' ? renderFrame(model, { ...options, palette }) : []),
  };
}

interface LineOptions {
  readonly nowMs: number;
  readonly palette: Palette;
}

function taskOf(model: ProgressModel, event: ProgressEvent): Task | undefined {
  return event.kind === 'note' ? undefined : model.find(event.id);
}

function plainLines(event: ProgressEvent, task: Task | undefined, options: LineOptions): readonly string[] {
  switch (event.kind) {
    case 'log':
      return printableLines(event.text.replace(/\n$/, '')).map((line) => `${titleOf(task, event.id)} | ${line}`);
    case 'task-ended':
      // Parts of a task are told by the task itself, unless they fail.
      return task?.parent !== undefined && event.outcome !== 'failed' ? [] : [endLine(event, task, options)];
    case 'note':
      return noteLines(event, options.palette);
    default:
      return [];
  }
}

/** Above the frame: what the user must not miss. */
function lastingLines(event: ProgressEvent, task: Task | undefined, options: LineOptions): readonly string[] {
  if (event.kind === 'note') return noteLines(event, options.palette);
  if (event.kind !== 'task-ended' || event.outcome !== 'failed') return [];
  const log = (task?.log ?? []).map((line) => `  ${printable(line)}`);
  return [endLine(event, task, options), ...log];
}

function endLine(
  event: ProgressEvent & { kind: 'task-ended' },
  task: Task | undefined,
  { nowMs, palette }: LineOptions,
): string {
  const paint = { done: palette.good, cached: palette.good, failed: palette.bad, skipped: palette.warning }[
    event.outcome
  ];
  const facts = [
    ...(task === undefined || task.doneBytes === 0 ? [] : [formatBytes(task.doneBytes)]),
    ...(task === undefined ? [] : [formatDuration(nowMs - task.startedMs)]),
    ...(event.detail === undefined ? [] : [printable(event.detail)]),
  ];
  return `${paint(event.outcome)} ${titleOf(task, event.id)}${palette.quiet(facts.map((fact) => `  ${fact}`).join(''))}`;
}

function noteLines(event: ProgressEvent & { kind: 'note' }, palette: Palette): readonly string[] {
  const label = event.level === 'warning' ? palette.warning('warning') : palette.name('note');
  const hint = event.hint === undefined ? [] : [`  ${palette.quiet(printable(event.hint))}`];
  const [first = '', ...others] = printableLines(event.text);
  return [`${label}: ${first}`, ...others.map((line) => `  ${line}`), ...hint];
}

function titleOf(task: Task | undefined, id: string): string {
  return printable(task?.title ?? id);
}
