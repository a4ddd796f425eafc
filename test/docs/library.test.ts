import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const examples = [
  ...readFileSync(join(root, 'docs/library.md'), 'utf8').matchAll(/## (.*)\n[\s\S]*?```js\n([\s\S]*?)```/g),
].map(([, title = '', code = '']) => ({ title, code }));

const expected: Readonly<Record<string, RegExp>> = {
  Build: /^succeeded sha256:[a-f0-9]{64}\n$/,
  Plan: /linux\/amd64: assembled\n/,
  'Copy, inspect, verify': /^2 true 0\n$/,
  'A registry for a test': /^\[\]\n$/,
  Faults: /^true \d+ /,
};

describe('the examples of docs/library.md', () => {
  const folder = mkdtempSync(join(tmpdir(), 'polyarch-docs-'));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules/polyarch'));
  writeFileSync(join(folder, 'package.json'), '{"name":"newcomer","private":true}');
  writeFileSync(join(folder, 'Dockerfile'), 'FROM scratch\nCOPY Dockerfile /\n');
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('are there', () => expect(examples.map(({ title }) => title)).toHaveLength(5));

  test.each(examples)('$title runs', async ({ title, code }) => {
    const file = join(folder, 'example.mjs');
    writeFileSync(file, code);

    const { stdout, stderr } = await run(process.execPath, [file], {
      cwd: folder,
      env: { ...process.env, POLYARCH_CACHE_DIR: join(folder, 'cache') },
    });

    expect(stderr).toBe('');
    expect(stdout).toMatch(expected[title] ?? /^nothing is expected of it$/);
  });
});
