import { EventEmitter, once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isFault } from '../../../src/errors/fault.ts';
import { createHost } from '../../../src/host/create-host.ts';
import { onExit } from '../../../src/host/exit-hooks.ts';
import { exitCodeOf, listenForSignals } from '../../../src/host/signals.ts';
import { makeTempDirectory, sweepTempDirectories } from '../../../src/host/temp-directory.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'polyarch-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('createHost', () => {
  test('stands for this machine where nothing is given', async () => {
    const host = createHost();

    expect(host.workingDirectory).toBe(process.cwd());
    expect(host.env['PATH']).toBe(process.env['PATH']);
    expect(host.randomHex(4)).toMatch(/^[0-9a-f]{8}$/);
    expect(host.randomHex(16)).not.toBe(host.randomHex(16));
    expect(host.signal.aborted).toBe(false);
    await expect(host.processes.run({ program: 'echo', args: ['hi'] })).resolves.toMatchObject({ stdout: 'hi\n' });
    await host.clock.sleep(0);
    expect(host.clock.monotonicMs()).toBeGreaterThan(0);
  });

  test('keeps its environment when the one it was given changes', () => {
    const env: Record<string, string> = { A: '1' };
    const host = createHost({ env });

    env['A'] = '2';

    expect(host.env['A']).toBe('1');
    expect(Object.isFrozen(host.env)).toBe(true);
  });

  test('hides the secrets of its environment', () => {
    const host = createHost({ env: { NPM_TOKEN: 'npm_abc123', HOME: '/home/ada' } });

    expect(host.redactor.redact('npm_abc123 in /home/ada')).toBe('*** in /home/ada');
  });

  test('its clock stops sleeping with the reason of the signal', async () => {
    const controller = new AbortController();
    const sleeping = createHost().clock.sleep(60_000, controller.signal);

    controller.abort(new Error('stop now'));

    await expect(sleeping).rejects.toThrow('stop now');
  });
});

describe('listenForSignals', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s aborts once with a fault that names it', async (name) => {
    const listener = listenForSignals({ exit: () => undefined });
    const aborted = new Promise((resolve) => listener.signal.addEventListener('abort', resolve, { once: true }));

    process.kill(process.pid, name);
    await aborted;
    listener.stop();

    expect(listener.received()).toBe(name);
    expect(isFault(listener.signal.reason, 'INTERRUPTED')).toBe(true);
    expect(String(listener.signal.reason)).toContain(`interrupted by ${name}`);
  });

  test('a second SIGINT ends the process at once, a second SIGHUP does not', async () => {
    const codes: number[] = [];
    const ended = new EventEmitter();
    const listener = listenForSignals({
      exit: (code) => {
        codes.push(code);
        ended.emit('exit');
      },
    });

    process.kill(process.pid, 'SIGHUP');
    await new Promise((resolve) => listener.signal.addEventListener('abort', resolve, { once: true }));
    process.kill(process.pid, 'SIGHUP');
    const exit = once(ended, 'exit');
    process.kill(process.pid, 'SIGINT');
    await exit;
    listener.stop();

    expect(codes).toEqual([130]);
  });

  test('stop gives the signals back', () => {
    const before = process.listenerCount('SIGTERM');
    const listener = listenForSignals();
    const during = process.listenerCount('SIGTERM');
    listener.stop();

    expect([during - before, process.listenerCount('SIGTERM') - before]).toEqual([1, 0]);
  });

  test('exitCodeOf is 128 and the number', () => {
    expect([exitCodeOf('SIGHUP'), exitCodeOf('SIGINT'), exitCodeOf('SIGTERM')]).toEqual([129, 130, 143]);
  });
});

describe('makeTempDirectory', () => {
  test('makes a private folder under TMPDIR and removes it with all it holds', async () => {
    const host = createHost({ env: { TMPDIR: folder } });

    const made = await makeTempDirectory(host);
    writeFileSync(join(made.path, 'file'), 'x');
    const during = readdirSync(folder);
    await made.remove();
    await made.remove();

    expect(during).toHaveLength(1);
    expect(made.path.startsWith(folder)).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('is removed when the run is interrupted', async () => {
    const controller = new AbortController();
    const made = await makeTempDirectory(createHost({ env: { TMPDIR: folder }, signal: controller.signal }));

    controller.abort();

    while (existsSync(made.path)) await new Promise((resolve) => setImmediate(resolve));
    expect(readdirSync(folder)).toEqual([]);
    await made.remove();
  });

  test('is a fault where TMPDIR cannot be written', async () => {
    const making = makeTempDirectory(createHost({ env: { TMPDIR: join(folder, 'gone') } }));

    await expect(making).rejects.toMatchObject({
      code: 'TEMP_DIRECTORY_UNAVAILABLE',
      where: { path: join(folder, 'gone') },
    });
  });
});

describe('sweepTempDirectories', () => {
  test('removes what dead processes left a day ago and nothing else', async () => {
    const dead = 4_194_304 + 7; // beyond the largest pid Linux gives
    const names = {
      old: `polyarch-${dead}-aaaaaa`,
      fresh: `polyarch-${dead}-bbbbbb`,
      alive: `polyarch-${process.pid}-cccccc`,
      foreign: 'somebody-else',
    };
    for (const name of Object.values(names)) {
      mkdirSync(join(folder, name));
      const age = name === names.fresh ? 3600 : 48 * 3600;
      const time = new Date(Date.now() - age * 1000);
      utimesSync(join(folder, name), time, time);
    }

    const swept = await sweepTempDirectories(createHost({ env: { TMPDIR: folder } }));

    expect(swept).toEqual([join(folder, names.old)]);
    expect(readdirSync(folder).sort()).toEqual([names.fresh, names.alive, names.foreign].sort());
  });

  test('is done by the first folder that a process makes', async () => {
    const old = join(folder, 'polyarch-4194311-aaaaaa');
    mkdirSync(old);
    utimesSync(old, new Date(0), new Date(0));

    const made = await makeTempDirectory(createHost({ env: { TMPDIR: folder } }));

    expect(readdirSync(folder)).toEqual([basename(made.path)]);
    await made.remove();
  });
});

test('onExit runs the hooks in reverse order, past one that throws, and forgets those taken out', () => {
  const done: string[] = [];
  const forget = [
    onExit(() => done.push('first')),
    onExit(() => {
      throw new Error('broken');
    }),
    onExit(() => done.push('third')),
  ];
  onExit(() => done.push('taken out'))();

  for (const listener of process.listeners('exit').slice(-1)) listener.call(process, 0);
  for (const remove of forget) remove();

  expect(done).toEqual(['third', 'first']);
});
