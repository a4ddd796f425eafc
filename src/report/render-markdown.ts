import { describeChecks } from './describe-checks.ts';
import { describeMove } from './describe-move.ts';
import { codeBlock, codeSpan, escapeMarkdown } from './escape-markdown.ts';
import { formatBytes } from './format-bytes.ts';
import { formatDuration } from './format-duration.ts';
import { type CellGroup, groupUnbuilt } from './group-cells.ts';
import { shortDigest } from './render-finding.ts';
import type { Summary, SummaryCell, SummaryDestination, SummaryRelease } from './summary.ts';

/** The summary for a job summary, a comment or a page, in GitHub's Markdown. */
export function renderMarkdown(summary: Summary): string {
  const blocks = [
    markdownTitle(summary),
    cellTable(summary.cells),
    ...groupUnbuilt(summary.cells).map((group) => problemBlock(group)),
    attemptList(summary.cells),
    ...summary.releases.map(releaseBlock),
    pullBlock(summary.releases),
    summary.notes.map((note) => `> ${escapeMarkdown(note)}`).join('\n'),
  ];
  return blocks.filter((block) => block !== '').join('\n\n');
}

/** The head line with its mark. */
export function markdownTitle({ state, title }: Summary): string {
  return `### ${state === 'succeeded' ? '✅' : '❌'} ${escapeMarkdown(title)}`;
}

/** One row a cell: image by platform with route, state, digest, size, time and cache. */
export function cellTable(cells: readonly SummaryCell[]): string {
  if (cells.length === 0) return '';
  const rows = cells.map((cell) => {
    const { digest, sizeBytes, durationMs, steps, checks } = cell;
    return [
      escapeMarkdown(cell.release),
      escapeMarkdown(cell.platform),
      cell.route,
      cell.state,
      digest === undefined ? '' : `\`${shortDigest(digest)}\``,
      sizeBytes === undefined ? '' : formatBytes(sizeBytes),
      durationMs === undefined ? '' : formatDuration(durationMs),
      steps === undefined ? '' : `${steps.cached}/${steps.total}`,
      describeChecks(checks),
    ];
  });
  const head = ['image', 'platform', 'route', 'state', 'digest', 'size', 'time', 'cached', 'checks'];
  const line = ['---', '---', '---', '---', '---', '---:', '---:', '---:', '---'];
  return [head, line, ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

/** Why cells failed, were skipped, reused or carried; with so many of the last lines of the log. Default: none. */
export function problemBlock({ names, first }: CellGroup, logLines = 0): string {
  const { problem, reason, state, logTail = [], command } = first;
  const why = reason === undefined ? '' : ` ${state}: ${escapeMarkdown(reason)}`;
  if (problem === undefined) return `**${escapeMarkdown(names)}**${why}`;
  const log = logLines > 0 ? logTail.slice(-logLines) : [];
  return [
    `**${escapeMarkdown(names)}**${why} (${problem.code}): ${escapeMarkdown(problem.message)}`,
    ...(problem.frame === undefined ? [] : [codeBlock(problem.frame)]),
    ...(log.length === 0 ? [] : [codeBlock(log.join('\n'))]),
    ...(problem.hint === '' ? [] : [escapeMarkdown(problem.hint)]),
    ...(command === undefined ? [] : [`By hand:\n\n${codeBlock(command)}`]),
  ].join('\n\n');
}

function attemptList(cells: readonly SummaryCell[]): string {
  return cells
    .flatMap(({ id, attempts = [] }) =>
      attempts.map(
        ({ builder, route, durationMs, code, message }) =>
          `- ${escapeMarkdown(id)} failed before on ${codeSpan(builder)} (${route}) after ${formatDuration(durationMs)}, ${code}: ${escapeMarkdown(message)}`,
      ),
    )
    .join('\n');
}

function releaseBlock(release: SummaryRelease): string {
  const { id, digest, missing, bases = [], findings, destinations } = release;
  const lines = [
    `**${escapeMarkdown(id)}** ${digest === undefined ? 'not released' : `\`${digest}\``}`,
    ...(bases.length === 0 ? [] : [`- on ${bases.map(codeSpan).join(', ')}`]),
    ...(missing.length === 0 ? [] : [`- without ${missing.map(escapeMarkdown).join(', ')}`]),
    ...findings.map(({ level, rule, message }) => `- ${level} \`${rule}\`: ${escapeMarkdown(message)}`),
    ...destinations.flatMap(destinationLines),
  ];
  return lines.join('\n');
}

function destinationLines({ name, state, tags, moves = [], problem }: SummaryDestination): readonly string[] {
  const named = tags.length === 0 ? '' : ` (${tags.map(codeSpan).join(', ')})`;
  return [
    `- ${state} ${codeSpan(name)}${named}${problem === undefined ? '' : `: ${escapeMarkdown(problem.message)}`}`,
    ...moves.map((move) => `  - ${codeSpan(move.tag)} ${escapeMarkdown(describeMove(move))}`),
  ];
}

function pullBlock(releases: readonly SummaryRelease[]): string {
  const commands = releases.flatMap(({ pull = [] }) => pull);
  return commands.length === 0 ? '' : codeBlock(commands.join('\n'));
}
