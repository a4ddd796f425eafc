import { createHash } from 'node:crypto';
import { isRepository } from '../oci/reference.ts';
import { summarizeImage } from './image-summary.ts';
import { type Page, pageOf } from './pagination.ts';
import type { RegistryContext } from './registry-context.ts';
import type { RegistryRequest } from './registry-request.ts';
import type { Reply } from './reply.ts';

const rowsOfPage = 50;

const style =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}' +
  'table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #8884;vertical-align:top}' +
  'code{font-size:.85em;overflow-wrap:anywhere}';

const headers = {
  'Content-Type': 'text/html; charset=utf-8',
  // Nothing but this page and its style: a name that slipped through could still do nothing.
  'Content-Security-Policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
};

/** The page at `/`: the repositories, or with `?repository=` the tags of one, with their platforms and sizes. */
export async function readPage(context: RegistryContext, request: RegistryRequest): Promise<Reply> {
  const repository = request.query.get('repository');
  const last = request.query.get('last') ?? undefined;
  if (repository === null) return readRepositories(context, last);
  return readTags(context, repository, last);
}

/** Makes a text mean itself within HTML, also within a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

async function readRepositories({ storage }: RegistryContext, last: string | undefined): Promise<Reply> {
  const page = pageOf(await storage.repositories(), { count: rowsOfPage, ...(last === undefined ? {} : { last }) });
  const rows = await Promise.all(
    page.items.map(async (name) => {
      const count = (await storage.repository(name).index())?.tags.length ?? 0;
      return `<tr><td><a href="${link({ repository: name })}">${escapeHtml(name)}</a></td><td>${count}</td></tr>`;
    }),
  );
  const table = rows.length === 0 ? '<p>Nothing was pushed yet.</p>' : tableOf(['Repository', 'Tags'], rows);
  return htmlReply(200, 'Repositories', table + moreLink(page, {}));
}

async function readTags(context: RegistryContext, name: string, last: string | undefined): Promise<Reply> {
  const repository = isRepository(name) ? context.storage.repository(name) : undefined;
  const index = await repository?.index();
  if (repository === undefined || index === undefined) {
    return htmlReply(404, 'No such repository', `<p><a href="/">All repositories</a></p>`);
  }
  const page = pageOf(index.tags, { count: rowsOfPage, ...(last === undefined ? {} : { last }) });
  const rows: string[] = [];
  for (const tag of page.items) {
    const descriptor = index.tagged(tag);
    if (descriptor === undefined) continue;
    const { platforms, sizeBytes } = await summarizeImage(repository, context.manifests, descriptor);
    const cells = [tag, platforms.join(', '), formatSize(sizeBytes)].map((text) => `<td>${escapeHtml(text)}</td>`);
    rows.push(`<tr>${cells.join('')}<td><code>${descriptor.digest}</code></td></tr>`);
  }
  const table = rows.length === 0 ? '<p>No tags.</p>' : tableOf(['Tag', 'Platforms', 'Size', 'Digest'], rows);
  return htmlReply(200, name, `<p><a href="/">All repositories</a></p>${table}${moreLink(page, { repository: name })}`);
}

function tableOf(columns: readonly string[], rows: readonly string[]): string {
  const head = columns.map((column) => `<th scope="col">${column}</th>`).join('');
  return `<table><thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

function moreLink({ items, hasMore }: Page, query: Readonly<Record<string, string>>): string {
  const last = items.at(-1);
  return hasMore && last !== undefined ? `<p><a href="${link({ ...query, last })}">More</a></p>` : '';
}

function link(query: Readonly<Record<string, string>>): string {
  return escapeHtml(`/?${new URLSearchParams(query).toString()}`);
}

function htmlReply(status: number, title: string, content: string): Reply {
  const shown = escapeHtml(title);
  const body = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${shown}</title><style>${style}</style></head><body><h1>${shown}</h1>${content}</body></html>\n`;
  return { status, headers, body };
}

function formatSize(sizeBytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = sizeBytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(sizeBytes) / 10));
  return `${(sizeBytes / 1024 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power] ?? ''}`;
}
