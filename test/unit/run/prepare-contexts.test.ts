import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createHost } from '../../../src/host/create-host.ts';
import { assemblePlanFor } from '../../../src/run/assemble-plan-for.ts';

const noFlags = {
  platforms: ['linux/amd64'],
  args: [],
  contexts: [],
  labels: [],
  annotations: [],
  tags: [],
  outputs: [],
  push: false,
  load: false,
  noCache: false,
  pull: false,
  secrets: [],
  ssh: [],
  variants: [],
  images: [],
};

describe('assemblePlanFor', () => {
  let folder: string;
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'polyarch-prepare-')));
    writeFileSync(join(folder, 'Dockerfile'), 'FROM scratch\n');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function contextAfter(prepare: string | undefined): Promise<string | undefined> {
    if (prepare !== undefined) writeFileSync(join(folder, 'polyarch.yaml'), JSON.stringify({ prepare }));
    const host = createHost({ workingDirectory: folder });
    const plan = await assemblePlanFor({ folder: '.', overrides: noFlags }, host, { prepares: true });
    return plan.cells[0]?.recipe.context;
  }

  test('takes the folder that the last line of `prepare` names as the context', async () => {
    mkdirSync(join(folder, 'made'));

    expect(await contextAfter('echo a line; echo made')).toBe(join(folder, 'made'));
    expect(await contextAfter('pwd; echo')).toBe(folder);
  });

  test('takes the usual context where the last line names no folder', async () => {
    expect(await contextAfter(undefined)).toBe(folder);
    expect(await contextAfter('echo done')).toBe(folder);
    expect(await contextAfter('true')).toBe(folder);
    expect(await contextAfter('echo Dockerfile')).toBe(folder);
  });

  test('stops where `prepare` does not succeed, and keeps what it said', async () => {
    await expect(contextAfter('echo why >&2; exit 7')).rejects.toMatchObject({
      code: 'PREPARE_FAILED',
      exitCode: 1,
      cause: { code: 'PROCESS_FAILED', frame: expect.stringContaining('why') },
    });
  });

  test('names the config that cannot be read', async () => {
    const host = createHost({ workingDirectory: folder });
    const request = { folder: '.', configFile: 'none.yaml', overrides: noFlags };

    await expect(assemblePlanFor(request, host, { prepares: false })).rejects.toMatchObject({
      code: 'CONFIG_MISSING',
      where: { file: join(folder, 'none.yaml') },
    });
  });
});
