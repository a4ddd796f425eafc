import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { beforeAll, describe, expect, test } from 'vitest';
import { allCommands } from '../../src/cli/all-commands.ts';
import { openContext } from '../../src/cli/open-context.ts';
import { codes } from '../../src/errors/codes.ts';
import { allRules } from '../../src/verify/all-rules.ts';

const root = join(import.meta.dirname, '../..');

/** The text of all files below a folder, in one. */
function textBelow(folder: string, isWanted: (file: string) => boolean): string {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(?:ts|mjs|txt|jsonl)$/.test(file) && isWanted(file))
    .map((file) => readFileSync(join(root, folder, file), 'utf8'))
    .join('\n');
}

const tests = textBelow('test', (file) => !file.endsWith('catalogue.test.ts'));
const sources = textBelow('src', (file) => !/^errors[\\/]codes/.test(file));

/** Which of these words stands nowhere as a whole. */
function missingFrom(text: string, words: readonly string[]): readonly string[] {
  return words.filter((word) => !new RegExp(`(?<![\\w-])${word}(?![\\w-])`).test(text));
}

describe('the catalogue', () => {
  test('has a test for every code of a fault', () => {
    expect(missingFrom(tests, Object.keys(codes))).toEqual([]);
  });

  test('has no code that nothing throws', () => {
    expect(Object.keys(codes).filter((code) => !sources.includes(`'${code}'`))).toEqual([]);
  });

  test('has a test for every rule of proof', () => {
    expect(allRules.length).toBeGreaterThan(5);
    expect(
      missingFrom(
        tests,
        allRules.map(({ name }) => name),
      ),
    ).toEqual([]);
  });

  test('has meanings and hints of one form', () => {
    const malformed = Object.entries(codes).filter(
      ([, { meaning, hint }]) =>
        !/^(?:\S.*\S)$/.test(meaning) || /\.$/.test(meaning) || hint.length === 0 || /\.$/.test(hint),
    );

    expect(malformed).toEqual([]);
  });
});

describe('the command line', () => {
  const commands: Command[] = [];
  beforeAll(async () => {
    const stream = { write: () => undefined, on: () => undefined, off: () => undefined };
    const { context, finish } = openContext([], { stdout: stream, stderr: stream });
    finish();
    for (const { name, load } of allCommands) {
      const command = new Command(name);
      (await load())(command, context);
      commands.push(command, ...command.commands);
    }
  });

  test('has a test for every command', () => {
    const words = commands.map((command) => `'${command.name()}'`);

    expect(words.length).toBeGreaterThan(8);
    expect(words.filter((word) => !tests.includes(word))).toEqual([]);
  });

  test('has a test for every flag', () => {
    const flags = commands.flatMap((command) => command.options.map(({ long }) => long ?? ''));

    expect(new Set(flags).size).toBeGreaterThan(30);
    expect(missingFrom(tests, [...new Set(flags)])).toEqual([]);
  });
});
