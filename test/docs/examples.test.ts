import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommanderError } from 'commander';
import { describe, expect, test } from 'vitest';
import { openContext } from '../../src/cli/open-context.ts';
import { createProgram } from '../../src/cli/program.ts';
import { openWorkspace } from '../support/run-program.ts';

const root = join(import.meta.dirname, '../..');
const pages = ['README.md', 'CONTRIBUTING.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)].filter(
  (name) => name.endsWith('.md'),
);

/** Every command line of a page: lines of its code blocks, and what stands in backticks. */
function commandLines(page: string): readonly string[] {
  const [...parts] = readFileSync(join(root, page), 'utf8').split(/^```.*$/m);
  const lines = parts.flatMap((part, at) => {
    const pattern = at % 2 === 1 ? /^ *(?:npx )?polyarch (.+)$/gm : /(?:^ {4,}|`)(?:npx )?polyarch ([^`\n]+)/gm;
    return [...part.matchAll(pattern)].map(([, line = '']) => line.replace(/(?: {2,}| #).*$/, '').trim());
  });
  return [...new Set(lines)];
}

/** The words of a simple shell command: quotes hold words together. */
function wordsOf(line: string): readonly string[] {
  return [...line.matchAll(/(?:'[^']*'|"[^"]*"|\$\([^)]*\)|[^\s'"])+/g)].map(([word]) => word.replaceAll(/['"]/g, ''));
}

/** What is wrong with a command line, were it run: an unknown command or flag, or a value that a flag does not take. */
async function problemOf(line: string): Promise<string | undefined> {
  const stream = { write: () => undefined, on: () => undefined, off: () => undefined };
  const { context, finish } = openContext([], { stdout: stream, stderr: stream });
  finish();
  const argv = wordsOf(line);
  try {
    const program = await createProgram(argv, context);
    for (const command of program.commands)
      for (const one of [command, ...command.commands]) one.action(() => undefined);
    await program.parseAsync([...argv], { from: 'user' });
    return undefined;
  } catch (problem) {
    if (!(problem instanceof CommanderError)) throw problem;
    // A page may name a command without its arguments.
    return problem.exitCode === 0 || problem.code === 'commander.missingArgument' ? undefined : problem.message;
  }
}

describe('every command line of the documents is one that the program knows', () => {
  const cases = pages.map((page) => ({ page, lines: commandLines(page) })).filter(({ lines }) => lines.length > 0);

  test.each(cases)('$page', async ({ lines }) => {
    const problems = await Promise.all(lines.map(async (line) => [line, await problemOf(line)] as const));

    expect(problems.filter(([, problem]) => problem !== undefined)).toEqual([]);
  });

  test('and one that it does not know would be found', async () => {
    expect(cases.flatMap(({ lines }) => lines).length).toBeGreaterThan(20);
    expect(await problemOf('build . --platfrom linux/arm64')).toContain('--platfrom');
    expect(await problemOf("verify app:1 --allow-foreign '/usr/bin/qemu *'")).toBeUndefined();
  });
});

describe('the examples of README.md that need neither a network nor Docker', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const lines = [...readme.matchAll(/^ {4}npx polyarch (.+?)(?: {2,}#.*)?$/gm)]
    .map(([, line = '']) => line.trim())
    .filter((line) => !/--push|--load/.test(line));

  test('are at least two', () => {
    expect(lines.length).toBeGreaterThanOrEqual(2);
  });

  test.each(lines)('npx polyarch %s', async (line) => {
    const workspace = openWorkspace({ Dockerfile: 'FROM scratch\nCOPY a /a\n', a: 'A' });
    try {
      const { exitCode, stdout } = await workspace.run(wordsOf(line));

      expect(exitCode).toBe(0);
      expect(stdout).toMatch(/2 of 2 platforms built/);
    } finally {
      workspace.remove();
    }
  });
});
