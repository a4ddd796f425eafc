import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { filesBelow, openWorkspace, type Workspace } from '../support/run-program.ts';

describe('a disk that is full', () => {
  let workspace: Workspace;
  const mounted: string[] = [];
  beforeEach(() => {
    workspace = openWorkspace({ Dockerfile: 'FROM scratch\nCOPY large /\n', large: randomBytes(3_000_000) });
  });
  afterEach(() => {
    for (const folder of mounted.splice(0)) execFileSync('umount', [folder]);
    workspace.remove();
  });

  /** Makes a folder a small disk of its own. */
  function mountSmall(folder: string): void {
    mkdirSync(folder, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]);
    mounted.push(folder);
  }

  test.each([
    { what: 'the build cache', folder: 'cache', output: 'oci:out' },
    { what: 'a layout', folder: 'out', output: 'oci:out/image' },
    { what: 'an archive', folder: 'out', output: 'oci-archive:out/image.tar' },
  ])(
    'ends a build with a fault where $what lies on it, and leaves nothing half written',
    async ({ folder, output }) => {
      const full = folder === 'cache' ? workspace.cache : join(workspace.folder, folder);
      mountSmall(full);
      const { exitCode, stderr } = await workspace.run(['build', '-o', output]);

      expect(exitCode).toBe(5);
      for (const part of ['no space is left (ENOSPC)', 'hint: Free some space', 'code: STORE_FULL'])
        expect(stderr).toContain(part);
      const left = [full, workspace.temporary].flatMap((path) => filesBelow(path));
      expect(left.filter((path) => /tmp-|\.tar$/.test(path))).toEqual([]);

      execFileSync('mount', ['-o', 'remount,size=20m', full]);
      expect(await workspace.run(['build', '-o', output])).toMatchObject({ exitCode: 0 });
    },
  );
});
