import { codeSpan, escapeMarkdown } from './escape-markdown.ts';
import { formatCount } from './format-count.ts';
import { settledTags } from './settled-tags.ts';
import type { Summary, SummaryRelease } from './summary.ts';

const mostTags = 4;

/**
 * The section of a pull request's description: one row an image with its architectures, base images and tags. Where that
 * is too long for the limit, tags and bases are counted, and at last the rows themselves. Undefined where not even that
 * has room.
 */
export function renderPullRequestSection(summary: Summary, { limit }: { readonly limit: number }): string | undefined {
  const mark = summary.state === 'succeeded' ? '✅' : '❌';
  const head = `#### Images\n\n${mark} ${escapeMarkdown(summary.title)}`;
  const texts = [
    `${head}\n\n${releaseTable(summary, { isShort: false })}`,
    `${head}\n\n${releaseTable(summary, { isShort: true })}`,
    `${head}\n\n${formatCount(summary.releases.length, 'image')}`,
  ];
  return texts.find((text) => text.length <= limit);
}

/** One row an image: architectures, base images, tags by repository. */
export function releaseTable(summary: Summary, { isShort }: { readonly isShort: boolean }): string {
  if (summary.releases.length === 0) return '';
  const rows = summary.releases.map((release) => [
    escapeMarkdown(release.id),
    architecturesOf(release),
    isShort ? formatCount(release.bases?.length ?? 0, 'base') : (release.bases ?? []).map(codeSpan).join('<br>'),
    tagsOf(release, isShort),
  ]);
  const head = ['image', 'architectures', 'base', 'tags'];
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

/** As images are spoken of: `amd64`, `arm64`; with the system where it is not Linux. */
function architecturesOf({ platforms, missing }: SummaryRelease): string {
  const shown = platforms.map((platform) => escapeMarkdown(platform.replace(/^linux\//, '')));
  const lost = missing.map((platform) => `~~${escapeMarkdown(platform.replace(/^linux\//, ''))}~~`);
  return [...shown, ...lost].join(', ');
}

function tagsOf({ digest, missing, destinations }: SummaryRelease, isShort: boolean): string {
  if (digest === undefined) return missing.length === 0 ? 'built, not published' : 'not released';
  const written = destinations.filter(({ state }) => state === 'written' || state === 'unchanged');
  if (written.length === 0) return 'not published';
  if (isShort) return formatCount(written.flatMap(settledTags).length, 'tag');
  return written
    .map((destination) => {
      const { name } = destination;
      const tags = settledTags(destination);
      const shown = tags.slice(0, mostTags).map(codeSpan).join(', ');
      const more = tags.length > mostTags ? ` and ${tags.length - mostTags} more` : '';
      return tags.length === 0 ? codeSpan(name) : `${codeSpan(name)} ${shown}${more}`;
    })
    .join('<br>');
}
