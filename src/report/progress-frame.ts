import { formatBytes } from './format-bytes.ts';
import { formatDuration } from './format-duration.ts';
import type { Palette } from './palette.ts';
import type { ProgressModel, Task } from './progress-model.ts';
import { padText, printable, truncateText, widthOf } from './text-width.ts';

export interface FrameOptions {
  readonly nowMs: number;
  /** Size of the terminal. */
  readonly columns: number;
  readonly rows: number;
  readonly palette: Palette;
}

const mostLines = 20;
const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const spinnerStepMs = 100;

/**
 * The lines that are painted while a run goes on: how much is done, and what runs now with its bytes, speed and time,
 * tasks below the task that they belong to. No line is wider than the terminal, and the last row stays free.
 */
export function renderFrame(model: ProgressModel, options: FrameOptions): readonly string[] {
  const { running, startedMs } = model;
  if (startedMs === undefined || running.length === 0) return [];
  const room = Math.max(1, Math.min(mostLines, options.rows - 2));
  const tree = inTreeOrder(running);
  const shown = tree.length <= room ? tree : tree.slice(0, room - 1);
  const left = tree.length - shown.length;
  return [
    headLine(model, startedMs, options),
    ...shown.map(({ task, depth }) => taskLine(task, depth, options)),
    ...(left === 0 ? [] : [options.palette.quiet(truncateText(`   … and ${left} more`, options.columns))]),
  ];
}

interface PlacedTask {
  readonly task: Task;
  readonly depth: number;
}

/** Every task behind its parent, siblings in the order of their start. */
function inTreeOrder(running: readonly Task[]): readonly PlacedTask[] {
  const children = new Map<string, Task[]>();
  const ids = new Set(running.map(({ id }) => id));
  const roots: Task[] = [];
  for (const task of running) {
    if (task.parent === undefined || task.parent === task.id || !ids.has(task.parent)) roots.push(task);
    else children.set(task.parent, [...(children.get(task.parent) ?? []), task]);
  }
  function below(task: Task, depth: number): readonly PlacedTask[] {
    return [{ task, depth }, ...(children.get(task.id) ?? []).flatMap((child) => below(child, depth + 1))];
  }
  return roots.flatMap((task) => below(task, 0));
}

function headLine(model: ProgressModel, startedMs: number, { nowMs, columns, palette }: FrameOptions): string {
  const { ended, started, cached, failed } = model.counts;
  const parts = [
    `${ended} of ${started} done`,
    ...(cached === 0 ? [] : [`${cached} from cache`]),
    ...(failed === 0 ? [] : [`${failed} failed`]),
    formatDuration(nowMs - startedMs),
  ];
  const paint = failed === 0 ? palette.title : palette.bad;
  return paint(truncateText(parts.join(' · '), columns));
}

function taskLine(task: Task, depth: number, { nowMs, columns, palette }: FrameOptions): string {
  const sign = spinner[Math.floor(nowMs / spinnerStepMs) % spinner.length] ?? '';
  const lead = `${' '.repeat(1 + 2 * depth)}${sign} `;
  const facts = truncateText(describeWork(task, nowMs), Math.max(0, columns - widthOf(lead) - 10));
  const room = Math.max(0, columns - widthOf(lead) - widthOf(facts) - 2);
  const title = padText(truncateText(printable(task.title), room), room);
  if (room === 0) return truncateText(`${lead}${printable(task.title)}`, columns);
  return `${palette.name(lead)}${title}  ${palette.quiet(facts)}`;
}

function describeWork({ doneBytes, totalBytes, startedMs }: Task, nowMs: number): string {
  const elapsedMs = nowMs - startedMs;
  const bytes = doneBytes === 0 ? [] : [ratio(doneBytes, totalBytes), speed(doneBytes, elapsedMs)];
  return [...bytes, formatDuration(elapsedMs)].filter((part) => part !== '').join('  ');
}

function ratio(doneBytes: number, totalBytes: number | undefined): string {
  return totalBytes === undefined ? formatBytes(doneBytes) : `${formatBytes(doneBytes)} / ${formatBytes(totalBytes)}`;
}

/** Nothing is said of the first moments, where it would be a wild guess. */
function speed(doneBytes: number, elapsedMs: number): string {
  return elapsedMs < 500 ? '' : `${formatBytes((doneBytes * 1000) / elapsedMs)}/s`;
}
