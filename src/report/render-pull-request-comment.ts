import { codeSpan, escapeMarkdown } from './escape-markdown.ts';
import { formatCount } from './format-count.ts';
import { type CellGroup, groupUnbuilt } from './group-cells.ts';
import { cellTable, markdownTitle, problemBlock } from './render-markdown.ts';
import { releaseTable } from './render-pull-request-section.ts';
import type { Summary } from './summary.ts';

export interface PullRequestTextOptions {
  /** Characters that it may have at most. */
  readonly limit: number;
}

/** How much of a summary is told; each is tried in turn until the text is short enough. */
interface Extent {
  readonly logLines: number;
  readonly problemCount: number;
  readonly hasCells: boolean;
  readonly hasReleases: boolean;
}

const extents: readonly Extent[] = [
  { logLines: 30, problemCount: 20, hasCells: true, hasReleases: true },
  { logLines: 12, problemCount: 10, hasCells: true, hasReleases: true },
  { logLines: 5, problemCount: 3, hasCells: true, hasReleases: false },
  { logLines: 5, problemCount: 2, hasCells: false, hasReleases: false },
  { logLines: 0, problemCount: 1, hasCells: false, hasReleases: false },
  { logLines: 0, problemCount: 0, hasCells: false, hasReleases: false },
];

/**
 * What a pull request is told of a run: passed or failed, why with the last lines of the log, what was built, and what
 * images came of it. Where it is too long, logs are cut first, then tables are left out; nothing is cut in the middle.
 */
export function renderPullRequestComment(summary: Summary, { limit }: PullRequestTextOptions): string {
  const texts = extents.map((extent) => render(summary, extent));
  return texts.find((text) => text.length <= limit) ?? '';
}

function render(summary: Summary, extent: Extent): string {
  const groups = groupUnbuilt(summary.cells).toSorted((a, b) => weightOf(a) - weightOf(b));
  const left = groups.length - extent.problemCount;
  const blocks = [
    markdownTitle(summary),
    originLine(summary),
    ...groups.slice(0, extent.problemCount).map((group) => problemBlock(group, extent.logLines)),
    left > 0 ? `… and ${formatCount(left, 'more reason')}: see the log of the run` : '',
    extent.hasCells ? cellTable(summary.cells) : '',
    extent.hasReleases ? releaseTable(summary, { isShort: false }) : '',
    extent.hasReleases ? findingList(summary) : '',
    extent.hasReleases ? summary.notes.map((note) => `> ${escapeMarkdown(note)}`).join('\n') : '',
  ];
  return blocks.filter((block) => block !== '').join('\n\n');
}

/** What failed stands before what was skipped, reused or carried. */
function weightOf({ first }: CellGroup): number {
  return first.state === 'failed' ? 0 : 1;
}

/** The commit and the run, where they are known. */
export function originLine({ event }: Summary): string {
  if (event === undefined) return '';
  const sha = event.pullRequest?.headSha ?? event.sha;
  const run = event.runNumber === undefined ? 'the run' : `run ${event.runNumber}`;
  const parts = [
    ...(sha === '' ? [] : [`Commit ${codeSpan(sha.slice(0, 12))}`]),
    ...(event.runUrl !== undefined && isPlainUrl(event.runUrl) ? [`[${run}](${event.runUrl})`] : []),
  ];
  return parts.join(' · ');
}

function findingList({ releases }: Summary): string {
  return releases
    .flatMap(({ id, findings }) =>
      findings.map(
        ({ level, rule, message }) => `- ${escapeMarkdown(id)}: ${level} \`${rule}\`: ${escapeMarkdown(message)}`,
      ),
    )
    .slice(0, 50)
    .join('\n');
}

/** A URL that cannot end the link it is written into. */
function isPlainUrl(text: string): boolean {
  return /^https?:\/\/[^\s<>()[\]\\"']+$/.test(text);
}
