import { describe, expect, test } from 'vitest';
import { allFormats } from '../../../src/report/all-formats.ts';
import { choosePalette } from '../../../src/report/palette.ts';
import { renderMarkdown } from '../../../src/report/render-markdown.ts';
import { renderPlan } from '../../../src/report/render-plan.ts';
import { renderSubjects } from '../../../src/report/render-subjects.ts';
import { renderTerminal } from '../../../src/report/render-terminal.ts';
import { summarize } from '../../../src/report/summarize.ts';
import { widthOf } from '../../../src/report/text-width.ts';
import { expectGolden } from './golden.ts';
import { badOutcome, goodOutcome, samplePlan } from './sample-run.ts';

const good = summarize(samplePlan, goodOutcome);
const bad = summarize(samplePlan, badOutcome);

describe('summarize', () => {
  test('counts cells, steps, findings and bytes, shared layers once', () => {
    expect(good.totals).toEqual({
      cells: 4,
      built: 3,
      failed: 1,
      skipped: 0,
      sizeBytes: 10_102_000 * 2 + 139_000_000,
      uniqueBytes: 4_000_000 + 3 * 6_102_000,
      steps: { total: 12, cached: 6 },
      errors: 0,
      warnings: 0,
    });
    expect(bad.totals).toMatchObject({ built: 2, failed: 0, skipped: 2, errors: 1, warnings: 1 });
  });

  test('tells a cell of which every step was cached from one that was built', () => {
    expect(good.cells.map(({ state }) => state)).toEqual(['built', 'cached', 'failed', 'built']);
  });

  test('gives each cell the findings of its platform', () => {
    expect(bad.cells.map(({ checks }) => checks?.errorCount)).toEqual([0, 1, undefined, undefined]);
    expect(good.cells[0]?.checks).toEqual({ ruleCount: 3, errorCount: 0, warningCount: 0 });
  });

  test('a cell that the outcome does not have was not reached', () => {
    expect(bad.cells[3]).toMatchObject({ state: 'skipped', reason: 'The run ended before it' });
  });
});

describe('formats', () => {
  const cases = allFormats.flatMap(({ name, render }) =>
    [
      { file: `good.${name}.txt`, summary: good },
      { file: `bad.${name}.txt`, summary: bad },
    ].map(({ file, summary }) => ({ file, text: render(summary, { hasColors: false, columns: 120 }) })),
  );

  test.each(cases)('$file is as it was', ({ file, text }) => expectGolden(file, text));

  test('JSON is the summary itself', () => {
    const json = allFormats.find(({ name }) => name === 'json')?.render(good, { hasColors: false, columns: 80 });

    expect(JSON.parse(json ?? '')).toEqual(good);
  });

  test('colours change nothing but colours', () => {
    const plain = renderTerminal(bad, { palette: choosePalette(false), columns: 120 });
    const colored = renderTerminal(bad, { palette: choosePalette(true), columns: 120 });

    expect(colored).not.toBe(plain);
    expect(colored.replace(/\u001B\[\d+m/g, '')).toBe(plain);
  });

  test.each([30, 40, 60, 80, 100])('the table fits %d columns and keeps platform and state', (columns) => {
    const lines = renderTerminal(good, { palette: choosePalette(false), columns })
      .split('\n')
      .slice(0, 5);

    expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(columns);
    expect(lines[0]).toMatch(/PLATFORM.*STATE/);
    expect(lines[1]).toMatch(/linux\/amd64.*built/);
  });

  test('no escape sequence of a name reaches the terminal', () => {
    const text = renderTerminal(bad, { palette: choosePalette(false), columns: 120 });

    expect(text).not.toContain('\u001B');
    expect(text).toContain(String.raw`expected AArch64 \u001b[31m`);
  });

  test('Markdown from outside is text', () => {
    const text = renderMarkdown({ ...good, title: 'a | b @team <img> [x](y) `c`\n# d' });

    expect(text).toContain('a \\| b @\u200Bteam \\<img\\> \\[x\\](y) \\`c\\` \\# d');
  });
});

describe('renderSubjects', () => {
  test('names what repositories have now, as sha256sum writes it', () => {
    const [release] = good.releases;

    expect(renderSubjects(good)).toBe(`${release?.digest?.slice('sha256:'.length) ?? ''}  ghcr.io/acme/app`);
    expect(renderSubjects(bad)).toBe('');
  });
});

describe('renderPlan', () => {
  test('is as it was', () => {
    expectGolden('plan.txt', renderPlan(samplePlan, { palette: choosePalette(false), columns: 100 }));
  });

  test('fits a narrow terminal', () => {
    const lines = renderPlan(samplePlan, { palette: choosePalette(false), columns: 50 })
      .split('\n')
      .slice(2, 7);

    expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(50);
  });
});
