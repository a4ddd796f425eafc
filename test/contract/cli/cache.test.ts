import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openWorkspace, valueAt, type Workspace } from '../../support/run-program.ts';

describe('polyarch cache', () => {
  let workspace: Workspace;
  beforeEach(() => {
    workspace = openWorkspace({ Dockerfile: 'FROM scratch\nCOPY a /a\n', a: 'A' });
  });
  afterEach(() => workspace.remove());

  test('ls shows what a build kept, and prune removes it; building again is the same build', async () => {
    const before = await workspace.json(['cache', 'ls']);
    const first = await workspace.run(['build', '--quiet']);
    const full = await workspace.run(['cache', 'ls']);
    const kept = await workspace.json(['cache', 'prune', '--keep', '10GB', '--older-than', '30d']);
    const planned = [
      await workspace.run(['cache', 'prune', '--all', '--plan']),
      await workspace.run(['cache', 'prune', '--all', '--plan']),
    ];
    const pruned = await workspace.run(['cache', 'prune', '--all']);
    const after = await workspace.json(['cache', 'ls']);
    const again = await workspace.run(['build', '--quiet']);

    expect(before.value).toEqual({ directory: workspace.cache, entries: [] });
    expect(full.stdout).toMatch(/^content +\d+ .*\n[^]* in \d+ files below .*\/cache\n$/m);
    expect(planned[0]).toEqual(planned[1]);
    expect(planned[0]?.stdout.replace('would be ', '')).toBe(pruned.stdout);
    expect(kept.value).toMatchObject({ removed: [], freedBytes: 0 });
    expect(pruned).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/ freed in \d+ files, 0 B kept\n$/) });
    expect(valueAt(after.value, 'entries')).toEqual([]);
    expect(again).toEqual(first);
  });
});
