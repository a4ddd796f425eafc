import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { renderCommands, renderErrors } from '../../scripts/docs-pages.mjs';
import { allCommands } from '../../src/cli/all-commands.ts';
import { main } from '../../src/cli/main.ts';
import { exitCodes } from '../../src/errors/code.ts';
import { codes } from '../../src/errors/codes.ts';

function page(name: string): string {
  return readFileSync(join(import.meta.dirname, '../../docs', name), 'utf8');
}

describe('the pages that the program writes are current (npm run docs)', () => {
  test('docs/commands.md', async () => {
    expect(page('commands.md')).toBe(await renderCommands(main, allCommands));
  });

  test('docs/errors.md', () => {
    expect(page('errors.md')).toBe(renderErrors(codes, exitCodes));
  });

  test('docs/commands.md has every command and subcommand', () => {
    for (const { name } of allCommands) expect(page('commands.md')).toContain(`\n## polyarch ${name}\n`);
    for (const name of ['registry serve', 'registry gc', 'cache ls', 'cache prune'])
      expect(page('commands.md')).toContain(`\n### polyarch ${name}\n`);
  });
});
