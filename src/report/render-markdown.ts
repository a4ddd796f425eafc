import { describeChecks } from './describe-checks.ts';
import { formatBytes } from './format-bytes.ts';
import { formatDuration } from './format-duration.ts';
import { type CellGroup, groupUnbuilt } from './group-cells.ts';
import { shortDigest } from './render-finding.ts';
import type { Summary, SummaryCell, SummaryDestination, SummaryRelease } from './summary.ts';
import { printable } from './text-width.ts';

/** The summary for a job summary, a comment or a page, in GitHub's Markdown. */
export function renderMarkdown(summary: Summary): string {
  const mark = summary.state === 'succeeded' ? '✅' : '❌';
  const blocks = [
    `### ${mark} ${escape(summary.title)}`,
    cellTable(summary.cells),
    ...groupUnbuilt(summary.cells).map(problemBlock),
    ...summary.releases.map(releaseBlock),
    summary.notes.map((note) => `> ${escape(note)}`).join('\n'),
  ];
  return blocks.filter((block) => block !== '').join('\n\n');
}

function cellTable(cells: readonly SummaryCell[]): string {
  if (cells.length === 0) return '';
  const rows = cells.map((cell) => {
    const { digest, sizeBytes, durationMs, steps, checks } = cell;
    return [
      escape(cell.release),
      escape(cell.platform),
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

function problemBlock({ names, first: { problem, reason } }: CellGroup): string {
  if (problem === undefined) return `**${escape(names)}** skipped: ${escape(reason ?? '')}`;
  const frame = problem.frame === undefined ? '' : `\n\n${fenced(problem.frame)}`;
  return `**${escape(names)}** (${problem.code}): ${escape(problem.message)}${frame}\n\n${escape(problem.hint)}`;
}

function releaseBlock(release: SummaryRelease): string {
  const { id, digest, missing, findings, destinations } = release;
  const lines = [
    `**${escape(id)}** ${digest === undefined ? 'not released' : `\`${digest}\``}`,
    ...(missing.length === 0 ? [] : [`- without ${missing.map(escape).join(', ')}`]),
    ...findings.map(({ level, rule, message }) => `- ${level} \`${rule}\`: ${escape(message)}`),
    ...destinations.map(destinationLine),
  ];
  return lines.join('\n');
}

function destinationLine({ name, state, tags, problem }: SummaryDestination): string {
  const named = tags.length === 0 ? '' : ` (${tags.map(code).join(', ')})`;
  return `- ${state} ${code(name)}${named}${problem === undefined ? '' : `: ${escape(problem.message)}`}`;
}

/** Text from outside must not become markup, a link, a mention or another row of the table. */
function escape(text: string): string {
  return printable(text.replace(/\s*[\r\n]+\s*/g, ' '))
    .replace(/[\\`*_{}[\]<>|~#]/g, String.raw`\$&`)
    .replace(/@(?=\w)/g, '@\u200B');
}

function code(text: string): string {
  const fence = '`'.repeat(longestRun(text) + 1);
  const space = text.startsWith('`') || text.endsWith('`') ? ' ' : '';
  return `${fence}${space}${text.replace(/[\r\n|]+/g, ' ')}${space}${fence}`;
}

function fenced(text: string): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}\n${text}\n${fence}`;
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}
