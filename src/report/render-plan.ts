import type { Cell } from '../plan/cell.ts';
import type { Destination, Plan, PlannedRelease } from '../plan/plan.ts';
import { formatCount } from './format-count.ts';
import { formatDuration } from './format-duration.ts';
import type { Palette } from './palette.ts';
import { renderTable, type TableCell, type TableColumn } from './table.ts';
import { printable } from './text-width.ts';

export interface PlanOptions {
  readonly palette: Palette;
  /** Width of the terminal. */
  readonly columns: number;
}

const tableColumns: readonly TableColumn[] = [
  { title: 'CELL', minWidth: 16 },
  { title: 'ROUTE' },
  { title: 'BUILDER', importance: 1 },
  { title: 'ESTIMATE', align: 'right', importance: 0 },
  { title: 'WHY', minWidth: 20, importance: 2 },
];

/** What a run would do: every cell with its route and why, every release with the places it goes to. */
export function renderPlan(plan: Plan, options: PlanOptions): string {
  const { palette } = options;
  const rows = plan.cells.map((cell) => cellRow(cell, palette));
  const head = `${formatCount(plan.cells.length, 'cell')} on ${palette.title(plan.engine.name)}: ${printable(plan.engine.reason)}`;
  const blocks = [
    [head],
    renderTable(tableColumns, rows, options),
    routeLines(plan, palette),
    builderLines(plan, palette),
    ...plan.releases.map((release) => releaseLines(release, palette)),
  ];
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function cellRow(cell: Cell, palette: Palette): readonly TableCell[] {
  return [
    { text: `${cell.id}${cell.optional ? ' (optional)' : ''}`, paint: palette.title },
    { text: cell.route.kind, paint: cell.route.kind === 'emulated' ? palette.warning : palette.good },
    { text: cell.node === undefined ? cell.builder : `${cell.builder}/${cell.node}` },
    { text: cell.estimateMs === undefined ? '' : formatDuration(cell.estimateMs) },
    { text: printable(cell.route.reason), paint: palette.quiet },
  ];
}

/** The whole reason of what is slower than it could be: a column is too narrow for it. Equal reasons stand once. */
function routeLines({ cells }: Plan, palette: Palette): readonly string[] {
  const byReason = new Map<string, string[]>();
  for (const { id, route } of cells.filter((cell) => cell.route.kind === 'emulated'))
    byReason.set(route.reason, [...(byReason.get(route.reason) ?? []), id]);
  return [...byReason].map(([reason, ids]) => `${palette.warning('emulated')} ${ids.join(', ')}: ${printable(reason)}`);
}

/** What will be made, and what was meant to be used and cannot be. */
function builderLines({ builders }: Plan, palette: Palette): readonly string[] {
  return builders.flatMap(({ name, driver, state, context, endpoint }) =>
    state === 'missing'
      ? [`${palette.name('make')} the builder ${name} (${driver} on ${endpoint ?? context ?? 'the current context'})`]
      : [],
  );
}

function releaseLines({ id, cells, destinations, leftOut }: PlannedRelease, palette: Palette): readonly string[] {
  return [
    `${palette.title(id)}  ${formatCount(cells.length, 'platform')}`,
    ...destinations.map((destination) => `  to ${describeDestination(destination, palette)}`),
    ...leftOut.map(({ repository, reason }) => `  ${palette.warning('not to')} ${repository}: ${printable(reason)}`),
  ];
}

function describeDestination(destination: Destination, palette: Palette): string {
  const single = destination.kind === 'repository' ? Object.values(destination.architectureTags ?? {}).flat() : [];
  const all = [...destination.tags, ...single];
  const tags = all.length === 0 ? '' : ` ${palette.quiet(all.join(', '))}`;
  switch (destination.kind) {
    case 'repository':
      return `${destination.repository}${destination.required ? '' : ' (may fail)'}${tags}`;
    case 'docker':
      return `the local Docker Engine${tags}`;
    default:
      return `${destination.kind}:${printable(destination.path)}${tags}`;
  }
}
