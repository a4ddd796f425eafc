import { choosePalette } from './palette.ts';
import { renderBuildRecord } from './render-build-record.ts';
import { renderJson } from './render-json.ts';
import { renderMarkdown } from './render-markdown.ts';
import { renderSubjects } from './render-subjects.ts';
import { renderTerminal } from './render-terminal.ts';
import type { Summary } from './summary.ts';

export interface FormatOptions {
  readonly hasColors: boolean;
  /** Width of the terminal. */
  readonly columns: number;
}

/** A way to show a summary; the text has no line end. */
export interface Format {
  readonly name: string;
  readonly render: (summary: Summary, options: FormatOptions) => string;
}

/** Every format of `polyarch report --format`. */
export const allFormats: readonly Format[] = [
  {
    name: 'terminal',
    render: (summary, { hasColors, columns }) =>
      renderTerminal(summary, { palette: choosePalette(hasColors), columns }),
  },
  { name: 'json', render: renderJson },
  { name: 'markdown', render: renderMarkdown },
  { name: 'record', render: renderBuildRecord },
  { name: 'subjects', render: renderSubjects },
];
