import type { Palette } from './palette.ts';
import { renderTable } from './table.ts';
import { printable } from './text-width.ts';

/** What an event gives a release. */
export interface RenderedEvent {
  readonly event: string;
  readonly release: string;
  readonly tags: readonly string[];
}

/** A table of events, releases and tags. Nothing is cut, however narrow the terminal: it is made for being kept. */
export function renderEvents(rows: readonly RenderedEvent[], palette: Palette): string {
  const columns = [{ title: 'EVENT' }, { title: 'RELEASE' }, { title: 'TAGS' }];
  const cells = rows.map(({ event, release, tags }, position) => [
    { text: rows[position - 1]?.event === event ? '' : event, paint: palette.title },
    { text: release },
    tags.length === 0 ? { text: 'none', paint: palette.quiet } : { text: printable(tags.join(', ')) },
  ]);
  return renderTable(columns, cells, { palette, columns: Infinity }).join('\n');
}
