import { describeChecks } from './describe-checks.ts';
import { describeMove, isSettled } from './describe-move.ts';
import { formatBytes } from './format-bytes.ts';
import { formatCount } from './format-count.ts';
import { formatDuration } from './format-duration.ts';
import { type CellGroup, groupUnbuilt } from './group-cells.ts';
import type { Palette } from './palette.ts';
import { renderFinding, shortDigest } from './render-finding.ts';
import { renderProblem } from './render-problem.ts';
import type { Summary, SummaryAttempt, SummaryCell, SummaryDestination, SummaryRelease } from './summary.ts';
import { renderTable, type TableCell, type TableColumn } from './table.ts';
import { printable } from './text-width.ts';

export interface TerminalOptions {
  readonly palette: Palette;
  /** Width of the terminal. */
  readonly columns: number;
}

const tableColumns: readonly TableColumn[] = [
  { title: 'IMAGE', importance: 7, minWidth: 12 },
  { title: 'PLATFORM' },
  { title: 'ROUTE', importance: 4 },
  { title: 'STATE' },
  { title: 'DIGEST', importance: 5, minWidth: 15 },
  { title: 'SIZE', align: 'right', importance: 6 },
  { title: 'TIME', align: 'right', importance: 3 },
  { title: 'CACHED', align: 'right', importance: 1 },
  { title: 'CHECKS', importance: 2 },
];

/** The summary for people at a terminal: a table of the cells, the releases and where they lie, and what was found. */
export function renderTerminal(summary: Summary, options: TerminalOptions): string {
  const { palette } = options;
  const blocks = [
    renderCells(summary, options),
    ...groupUnbuilt(summary.cells).map((group) => problemLines(group, palette)),
    summary.cells.flatMap(({ id, attempts = [] }) => attempts.map((attempt) => attemptLine(id, attempt, palette))),
    ...summary.releases.map((release) => releaseLines(release, palette)),
    summary.notes.map((note) => `${palette.name('note')}: ${printable(note)}`),
    [titleLine(summary, palette)],
  ];
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function renderCells(summary: Summary, options: TerminalOptions): readonly string[] {
  if (summary.cells.length === 0) return [];
  const isOneRelease = new Set(summary.cells.map(({ release }) => release)).size === 1;
  const rows = summary.cells.map((cell) => cellRow(cell, isOneRelease, options.palette));
  return renderTable(tableColumns, rows, options);
}

function cellRow(cell: SummaryCell, isOneRelease: boolean, palette: Palette): readonly TableCell[] {
  const { digest, sizeBytes, durationMs, steps } = cell;
  return [
    { text: isOneRelease ? '' : cell.release },
    { text: cell.platform, paint: palette.title },
    { text: cell.route },
    { text: cell.state, paint: statePaint(cell.state, palette) },
    { text: digest === undefined ? '' : shortDigest(digest), paint: palette.quiet },
    { text: sizeBytes === undefined ? '' : formatBytes(sizeBytes) },
    { text: durationMs === undefined ? '' : formatDuration(durationMs) },
    { text: steps === undefined ? '' : `${steps.cached}/${steps.total}` },
    checksCell(cell, palette),
  ];
}

function checksCell({ checks }: SummaryCell, palette: Palette): TableCell {
  const paint = checks?.errorCount !== 0 ? palette.bad : checks.warningCount > 0 ? palette.warning : palette.good;
  return { text: describeChecks(checks), paint };
}

function statePaint(state: SummaryCell['state'], palette: Palette): (text: string) => string {
  if (state === 'failed') return palette.bad;
  return state === 'skipped' || state === 'carried' ? palette.warning : palette.good;
}

function problemLines({ names, first }: CellGroup, palette: Palette): readonly string[] {
  const { state, reason, problem, command } = first;
  const why = reason === undefined ? '' : ` ${state}: ${printable(reason)}`;
  const byHand = command === undefined ? [] : [`${palette.name('by hand')}: ${printable(command)}`];
  return [
    `${palette.title(names)}:${why}`,
    ...(problem === undefined ? [] : renderProblem(problem, palette)),
    ...byHand,
  ];
}

function attemptLine(id: string, attempt: SummaryAttempt, palette: Palette): string {
  const { builder, route, durationMs, code, message } = attempt;
  const where = `${builder} (${route}) after ${formatDuration(durationMs)}`;
  return `${palette.warning('tried')} ${printable(id)} on ${printable(where)}: ${printable(message)} ${palette.quiet(code)}`;
}

function releaseLines(release: SummaryRelease, palette: Palette): readonly string[] {
  const { digest, missing, bases = [], pull = [] } = release;
  return [
    `${palette.title(release.id)}  ${digest === undefined ? palette.bad('not released') : palette.quiet(digest)}`,
    ...(bases.length === 0 ? [] : [`  on ${printable(bases.join(', '))}`]),
    ...(missing.length === 0 ? [] : [`  ${palette.warning('without')} ${missing.join(', ')}`]),
    ...release.findings.flatMap((finding) => renderFinding(finding, palette).map((line) => `  ${line}`)),
    ...release.destinations.flatMap((destination) => destinationLines(destination, palette)),
    ...pull.map((command) => `  ${palette.quiet(printable(command))}`),
  ];
}

function destinationLines(destination: SummaryDestination, palette: Palette): readonly string[] {
  const { name, state, tags, moves = [], problem } = destination;
  const isWell = state === 'written' || state === 'unchanged';
  const paint = isWell ? palette.good : state === 'failed' ? palette.bad : palette.warning;
  const named = tags.length === 0 ? '' : ` ${palette.quiet(tags.join(', '))}`;
  const lines = problem === undefined ? [] : renderProblem(problem, palette).map((line) => `    ${line}`);
  const moved = moves.map((move) => {
    const shown = isSettled(move) ? palette.quiet : palette.warning;
    return `    ${printable(move.tag)} ${shown(printable(describeMove(move)))}`;
  });
  return [`  ${paint(state)} ${printable(name)}${named}`, ...moved, ...lines];
}

function titleLine({ title, state, totals }: Summary, palette: Palette): string {
  const paint = state === 'succeeded' ? palette.good : palette.bad;
  const { sizeBytes, uniqueBytes, steps } = totals;
  const shared = uniqueBytes < sizeBytes ? `, ${formatBytes(uniqueBytes)} with shared layers once` : '';
  const size = sizeBytes === 0 ? '' : ` · ${formatBytes(sizeBytes)}${shared}`;
  const cached = steps.total === 0 ? '' : ` · ${steps.cached} of ${formatCount(steps.total, 'step')} from cache`;
  return `${paint(title)}${palette.quiet(`${size}${cached}`)}`;
}
