import { execFileSync } from 'node:child_process';
import { lstatSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDockerArchive } from '../../../src/store/docker-archive.ts';
import { createOciArchive } from '../../../src/store/oci-archive.ts';
import { fakeHost } from '../../support/fake-host.ts';

describe('an archive where something else stands', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'polyarch-special-'));
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    writeFileSync(join(folder, 'old.tar'), 'old');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each([
    ['oci-archive', createOciArchive],
    ['docker-archive', createDockerArchive],
  ] as const)('%s refuses a pipe and leaves it, and takes the place of a file', async (_kind, create) => {
    const host = fakeHost();

    await expect(create(join(folder, 'pipe'), { host })).rejects.toMatchObject({ code: 'STORE_PATH_UNUSABLE' });
    expect(lstatSync(join(folder, 'pipe')).isFIFO()).toBe(true);
    const archive = await create(join(folder, 'old.tar'), { host });
    await archive.discard?.();
  });
});
