import { afterAll, describe, expect, test } from 'vitest';
import { askDocker } from '../../../../src/engine/buildkit/builders/ask-docker.ts';
import { ensureBuilder } from '../../../../src/engine/buildkit/builders/ensure-builder.ts';
import { createHost } from '../../../../src/host/create-host.ts';
import type { BuilderFacts } from '../../../../src/plan/builder-facts.ts';
import { answeringDocker } from '../../../support/answering-docker.ts';

const docker = answeringDocker();
afterAll(() => docker.remove());
const host = createHost({ env: { PATH: docker.path } });

const missing: BuilderFacts = {
  name: 'polyarch-far',
  driver: 'remote',
  endpoint: 'tcp://a:1',
  state: 'missing',
  slots: 1,
  platforms: ['linux/arm64'],
  options: {},
  nodes: [],
};
const create = { to: '^buildx create --name=polyarch-far --driver=remote tcp://a:1$', out: 'polyarch-far\n' };
const start = { to: '^buildx inspect --bootstrap polyarch-far$' };

function found(platforms: string): { readonly to: string; readonly out: string } {
  const node = `Name: n\nEndpoint: tcp://a:1\nStatus: running\nPlatforms: ${platforms}\n`;
  return { to: '^buildx inspect polyarch-far$', out: `Name: polyarch-far\nDriver: remote\n\nNodes:\n${node}` };
}

describe('ensureBuilder', () => {
  test('makes a missing builder, starts it and looks at its CPU', async () => {
    docker.answer(create, start, found('linux/arm64, linux/amd64'));

    await ensureBuilder(missing, host);

    expect(docker.calls()).toEqual([
      'buildx create --name=polyarch-far --driver=remote tcp://a:1',
      'buildx inspect --bootstrap polyarch-far',
      'buildx inspect polyarch-far',
    ]);
  });

  test('takes the one that somebody else made in the meantime', async () => {
    const taken = {
      ...create,
      out: '',
      err: 'ERROR: existing instance for "polyarch-far" but no append mode',
      exit: 1,
    };
    docker.answer(taken, start, found('linux/arm64'));

    await expect(ensureBuilder(missing, host)).resolves.toBeUndefined();
  });

  test('leaves alone what is ready, and tells what cannot be used', async () => {
    docker.answer();

    await ensureBuilder({ ...missing, state: 'ready' }, host);
    const problem = { code: 'BUILDER_WRONG', exitCode: 2, message: 'Cannot use it', hint: 'remove it', where: {} };
    const lost = ensureBuilder({ ...missing, state: 'wrong', problem }, host);

    await expect(lost).rejects.toMatchObject({ code: 'BUILDER_STALE', message: 'Cannot use it', hint: 'remove it' });
    expect(docker.calls()).toEqual([]);
  });

  test('takes away one that does not start, and says why', async () => {
    docker.answer(
      create,
      {
        ...start,
        err: '#1 pulling image moby/buildkit:buildx-stable-1\nERROR: failed to resolve reference "x"',
        exit: 1,
      },
      { to: '^buildx rm polyarch-far$' },
    );

    await expect(ensureBuilder(missing, host)).rejects.toMatchObject({
      code: 'BUILDER_NOT_CREATED',
      hint: expect.stringContaining('moby/buildkit') as unknown,
    });
    expect(docker.calls().at(-1)).toBe('buildx rm polyarch-far');
  });

  test('refuses one that emulates what the config calls native', async () => {
    docker.answer(create, start, found('linux/amd64, linux/arm64'));

    await expect(ensureBuilder(missing, host)).rejects.toMatchObject({
      code: 'BUILDER_PLATFORM_WRONG',
      message: expect.stringContaining('linux/arm64') as unknown,
    });
  });
});

describe('askDocker', () => {
  test('gives up when the time is over, and says how long it waited', async () => {
    // A docker that never answers.
    const silent = createHost({ env: { PATH: process.env['PATH'] } });
    const never = {
      ...silent,
      processes: {
        run: (command: Parameters<typeof silent.processes.run>[0]) =>
          silent.processes.run({ ...command, program: process.execPath, args: ['-e', 'setInterval(() => {}, 1000)'] }),
      },
    };

    await expect(askDocker(['version'], { host: never, what: 'the builder "x"', limitMs: 50 })).rejects.toMatchObject({
      code: 'BUILDER_SILENT',
      message: 'Cannot use the builder "x": it gave no answer in 0.05 s',
    });
  });
});
