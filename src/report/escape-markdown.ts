import { printable } from './text-width.ts';

const colorCodes = /\u001B\[[0-9;]*[A-Za-z]/g;

/**
 * Text from outside as it may stand in GitHub's or GitLab's Markdown: it becomes no markup, link, mention, reference to an
 * issue, HTML, another row of a table, or a quick action of GitLab (a line that begins with a slash).
 */
export function escapeMarkdown(text: string): string {
  return printable(text.replace(colorCodes, '').replace(/\s*[\r\n]+\s*/g, ' '))
    .replace(/[\\`*_{}[\]<>|~#!&$]/g, String.raw`\$&`)
    .replace(/@(?=\w)/g, '@\u200B')
    .replace(/^\//, String.raw`\/`);
}

/** The same as code within a line or a cell of a table. */
export function codeSpan(text: string): string {
  const plain = printable(text.replace(/[\r\n|]+/g, ' '));
  const fence = '`'.repeat(Math.max(0, ...[...plain.matchAll(/`+/g)].map(([run]) => run.length)) + 1);
  const space = plain.startsWith('`') || plain.endsWith('`') ? ' ' : '';
  return `${fence}${space}${plain}${space}${fence}`;
}

/**
 * Lines as a block of code. Runs of backticks and tildes within are broken up, because GitLab looks for quick actions
 * behind the first line of three, whatever the fence is: a log could merge the request that it is shown in.
 */
export function codeBlock(text: string): string {
  const lines = text
    .replace(colorCodes, '')
    .split(/\r\n|\r|\n/)
    .map((line) => printable(line).replace(/`{3,}|~{3,}/g, (run) => run.replace(/\B/g, '\u200B')));
  return ['```', ...lines, '```'].join('\n');
}
