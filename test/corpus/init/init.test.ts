import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { formatInit, proposeInit } from '../../../src/run/init.ts';
import { assemblePlanFor } from '../../../src/run/assemble-plan-for.ts';
import { createHost } from '../../../src/host/create-host.ts';
import { writeInit } from '../../../src/run/init.ts';
import { layOutCase, parseCaseFile } from '../../support/case-file.ts';

/** Each case is a repository; beside it stands the config that is proposed for it. */
const cases = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.txt'));
const root = mkdtempSync(join(tmpdir(), 'polyarch-init-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('init', () => {
  test('has at least ten shapes of repositories to prove itself on', () => {
    expect(cases.length).toBeGreaterThanOrEqual(10);
  });

  test.each(cases)('proposes a config that plan accepts: %s', async (name) => {
    const folder = join(root, name.replace(/\.txt$/, ''));
    layOutCase(parseCaseFile(readFileSync(join(import.meta.dirname, name), 'utf8')), folder);
    const host = createHost({ workingDirectory: folder });

    const proposed = await proposeInit({ folder: '.', mayExist: false }, host);
    const text = formatInit(proposed, {});
    await writeInit(proposed.file, text);
    const plan = await assemblePlanFor({ folder: '.', overrides: {}, elsewhere: true }, host, { prepares: false });

    await expect(text).toMatchFileSnapshot(join(import.meta.dirname, name.replace(/\.txt$/, '.yaml')));
    expect(plan.cells.length).toBeGreaterThan(0);
    await expect(proposeInit({ folder: '.', mayExist: false }, host)).rejects.toMatchObject({ code: 'CONFIG_EXISTS' });
  });
});
