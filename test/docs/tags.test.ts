import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { allTagTypes } from '../../src/plan/tags/all-tag-types.ts';
import { evaluateTagRules, type TagRuleInputs } from '../../src/plan/tags/evaluate-tag-rules.ts';
import type { TagContext } from '../../src/plan/tags/tag-context.ts';
import { tagWarningKinds } from '../../src/plan/tags/tag-warning.ts';
import { tagsForVariant } from '../../src/plan/tags/tags-for-variant.ts';
import type { TagVariant } from '../../src/plan/tags/variant-affix.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/tags.md'), 'utf8');

interface Block {
  readonly inputs: TagRuleInputs;
  readonly rows: readonly (readonly string[])[];
}

/** Every example: the rules, and the rows of the table below them. */
const blocks: readonly Block[] = [
  ...page.matchAll(/```yaml\n([\s\S]*?)```\n\n\| event \| tags \|\n\|---\|---\|\n((?:\|.*\n)+)/g),
].map(([, yaml = '', table = '']) => ({ inputs: parse(yaml), rows: rowsOf(table) }));

function rowsOf(table: string): readonly (readonly string[])[] {
  return table
    .trim()
    .split('\n')
    .map((line) => line.replace(/^\| ?| ?\|$/g, '').split(' | '));
}

/** The rows of all tables that begin with these headings. */
function tablesOf(...headings: readonly string[]): readonly (readonly string[])[] {
  const head = `| ${headings.join(' | ')} |\n|${'---|'.repeat(headings.length)}\n`;
  return page
    .split(head)
    .slice(1)
    .flatMap((rest) => rowsOf(/^(?:\|.*\n)+/.exec(rest)?.[0] ?? ''));
}

function codes(text = ''): readonly string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
}

function contextOf(event = ''): TagContext {
  const [name = ''] = codes(event);
  const pull = event.startsWith('pull request');
  const ref = pull ? `refs/pull/${name}/merge` : `refs/${event.startsWith('tag') ? 'tags' : 'heads'}/${name}`;
  return {
    eventName: pull ? 'pull_request' : 'push',
    ref,
    sha: 'cd65417f2b1e4a5c8d9e0f1a2b3c4d5e6f708192',
    payload: { default_branch: 'main' },
    repository: { default_branch: 'main' },
    now: new Date('2026-03-05T22:30:00Z'),
    commitDate: new Date('2026-03-04T08:00:00Z'),
  };
}

describe('docs/tags.md', () => {
  test('has its examples', () => {
    expect(blocks.length).toBeGreaterThanOrEqual(7);
    expect(tablesOf('entry', 'event', 'told').length).toBeGreaterThanOrEqual(10);
  });

  test.each(blocks.flatMap(({ inputs, rows }) => rows.map(([event, tags]) => ({ event, inputs, tags: codes(tags) }))))(
    '$event gives $tags',
    ({ event, inputs, tags }) => {
      expect(evaluateTagRules(inputs, contextOf(event)).tags).toEqual(tags);
    },
  );

  test.each(tablesOf('variant', 'tags'))('variant %s gives %s', (variant, tags) => {
    const written: TagVariant = parse(codes(variant)[0] ?? '');
    const evaluated = evaluateTagRules(blocks[0]?.inputs ?? {}, contextOf('tag `v1.0.0`'));

    expect(tagsForVariant(evaluated, written).tags).toEqual(codes(tags));
  });

  test.each(tablesOf('entry', 'event', 'told'))('%s on %s is told as %s', (entry, event, told) => {
    const { warnings } = evaluateTagRules({ tags: codes(entry) }, contextOf(event));

    expect(warnings.map(({ kind }) => kind)).toEqual(expect.arrayContaining([...codes(told)]));
  });

  test.each(tablesOf('entry', 'told'))('%s is refused with %s', (entry, told) => {
    expect(() => evaluateTagRules({ tags: codes(entry) }, contextOf('tag `v1`'))).toThrow(codes(told)[0]);
  });

  test('names every type with its priority, and every warning', () => {
    for (const { name, priority } of allTagTypes)
      expect(page).toMatch(new RegExp(`^\\| \`${name}\` \\|.*\\| ${priority} \\|`, 'm'));
    for (const kind of Object.keys(tagWarningKinds).filter((name) => name !== 'image-capitals'))
      expect(page).toContain(`\`${kind}\``);
  });
});
