import { describe, expect, test } from 'vitest';
import { codeBlock, codeSpan, escapeMarkdown } from '../../../src/report/escape-markdown.ts';
import { choosePalette } from '../../../src/report/palette.ts';
import { renderMarkdown } from '../../../src/report/render-markdown.ts';
import { renderPullRequestComment } from '../../../src/report/render-pull-request-comment.ts';
import { renderPullRequestSection } from '../../../src/report/render-pull-request-section.ts';
import { renderTerminal } from '../../../src/report/render-terminal.ts';
import { summarize } from '../../../src/report/summarize.ts';
import type { Summary, SummaryCell } from '../../../src/report/summary.ts';
import { expectGolden } from './golden.ts';
import { goodOutcome, samplePlan, sampleProblem } from './sample-run.ts';

const from = `sha256:${'1'.repeat(64)}` as const;
const to = `sha256:${'2'.repeat(64)}` as const;
const repository = 'ghcr.io/acme/app';
const good = summarize(samplePlan, goodOutcome);

/** What happened besides, by place of the cell. */
const changes: readonly Partial<SummaryCell>[] = [
  { state: 'reused', reason: 'Its inputs are those of run 11' },
  {
    attempts: [
      { builder: 'graviton', route: 'native', durationMs: 12_000, code: 'BUILDER_LOST', message: 'It went away' },
    ],
  },
  {
    state: 'failed',
    problem: sampleProblem,
    logTail: ['#9 RUN make', '\u001B[31mcc: not found\u001B[0m', '```', '/merge @team'],
    command: 'docker buildx build --platform linux/arm/v7 .',
  },
  { state: 'carried', reason: 'The last good part, 3 days old, stands in', problem: sampleProblem },
];

/** A run in which everything happened that a report can tell. */
const full: Summary = {
  ...good,
  event: {
    provider: 'github',
    name: 'pull_request',
    ref: 'refs/pull/7/merge',
    sha: 'ab'.repeat(20),
    runNumber: 12,
    runUrl: 'https://github.com/acme/app/actions/runs/1',
    isCi: true,
  },
  cells: good.cells.map((cell, place) => ({ ...cell, ...changes[place] })),
  releases: good.releases.map((release, place) =>
    place > 0
      ? release
      : {
          ...release,
          bases: ['node:22', 'scratch'],
          destinations: [
            {
              name: repository,
              kind: 'repository',
              state: 'written',
              tags: ['1.2', '1', 'latest', 'main', 'sha-1'],
              moves: [
                { repository, tag: '1.2', state: 'new', to },
                { repository, tag: '1', state: 'moved', from, to },
                { repository, tag: 'latest', state: 'kept-newer', from, to, reason: '1.3 is newer' },
                { repository, tag: 'main', state: 'unchanged', from: to, to },
                { repository, tag: 'sha-1', state: 'rolled-back', from, to, reason: 'another tag failed' },
                { repository, tag: 'old', state: 'refused', from, to, reason: 'it is immutable' },
              ],
            },
          ],
        },
  ),
};

describe('what a report tells', () => {
  test('the terminal is as it was', () => {
    expectGolden('full.terminal.txt', renderTerminal(full, { palette: choosePalette(false), columns: 120 }));
  });

  test('Markdown is as it was', () => expectGolden('full.markdown.txt', renderMarkdown(full)));

  test('the comment is as it was', () => {
    expectGolden('full.comment.txt', renderPullRequestComment(full, { limit: 65_536 }));
  });

  test('the section is as it was', () => {
    expectGolden('full.section.txt', renderPullRequestSection(full, { limit: 65_536 }) ?? '');
  });
});

describe('what is too long', () => {
  const logTail = Array.from({ length: 200 }, (_, line) => `${line} ${'x'.repeat(500)}`);
  const base = { release: 'app', platform: 'linux/arm64', route: 'cross', routeReason: '', optional: false };
  const cells = Array.from(
    { length: 400 },
    (_, place): SummaryCell => ({
      ...base,
      id: `app/v${place}/linux/arm64`,
      state: 'failed',
      problem: { ...sampleProblem, message: `fault ${place}` },
      logTail,
    }),
  );

  test.each([65_036, 20_000, 5000, 1000, 300])(
    'a comment of %d characters is whole and begins with the verdict',
    (limit) => {
      const text = renderPullRequestComment({ ...full, state: 'failed', cells }, { limit });

      expect(text.length).toBeLessThanOrEqual(limit);
      expect(text).toMatch(/^### ❌/);
      expect((text.match(/^```$/gm) ?? []).length % 2).toBe(0);
    },
  );

  test.each([
    [2000, '`1.2`, `1`, `main`'],
    [230, '3 tags'],
    [120, '2 images'],
  ])('a section of %d characters tells less: %s', (limit, said) => {
    const text = renderPullRequestSection(full, { limit }) ?? '';

    expect(text.length).toBeLessThanOrEqual(limit);
    expect(text).toContain(said);
  });

  test('a section without room is none', () => {
    expect(renderPullRequestSection(full, { limit: 20 })).toBeUndefined();
  });
});

describe('text from outside', () => {
  test.each([
    ['/close', String.raw`\/close`],
    ['a /close', 'a /close'],
    ['@team', '@\u200Bteam'],
    ['<img> ![x](y) #1 &amp; $x ~l', String.raw`\<img\> \!\[x\](y) \#1 \&amp; \$x \~l`],
    ['two\r\nlines', 'two lines'],
    ['\u001B[31mred', 'red'],
  ])('%j is text in Markdown', (text, shown) => {
    expect(escapeMarkdown(text)).toBe(shown);
  });

  test('a block of code ends where it is meant to end', () => {
    const text = codeBlock('a\n```\n/merge\n~~~~\n`b`\r\nc');

    expect(text.split('\n').filter((line) => /^(?:```|~~~)/.test(line))).toEqual(['```', '```']);
    expect(text).toContain('/merge');
  });

  test('a span of code holds backticks', () => {
    expect([codeSpan('a'), codeSpan('a`b'), codeSpan('`a|b')]).toEqual(['`a`', '``a`b``', '`` `a b ``']);
  });
});
