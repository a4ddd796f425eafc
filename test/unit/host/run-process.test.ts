import { spawnSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { Fault } from '../../../src/errors/fault.ts';
import { Redactor } from '../../../src/errors/redact.ts';
import { ProcessFault } from '../../../src/host/process-fault.ts';
import type { Command, Completed } from '../../../src/host/processes.ts';
import { createProcesses } from '../../../src/host/run-process.ts';
import { createSystemClock } from '../../../src/host/system-clock.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'polyarch-test-')));
afterAll(() => rmSync(folder, { recursive: true }));

interface Settings {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly redactor?: Redactor;
  readonly signal?: AbortSignal;
  readonly graceMs?: number;
}

function run(command: Command, settings: Settings = {}): Promise<Completed> {
  return createProcesses({
    env: { PATH: process.env['PATH'] },
    workingDirectory: folder,
    clock: createSystemClock(),
    redactor: new Redactor(),
    signal: new AbortController().signal,
    ...settings,
  }).run(command);
}

function shell(script: string, extra: Partial<Command> = {}): Command {
  return { program: 'sh', args: ['-c', script], ...extra };
}

async function faultOf(run: Promise<unknown>): Promise<Fault> {
  const caught: unknown = await run.catch((error: unknown) => error);
  if (!(caught instanceof Fault)) throw new Error('there was no fault', { cause: caught });
  return caught;
}

/** Whether it runs; a zombie that nobody has collected yet does not. */
function isAlive(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'state=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout.trim() !== '' && !stdout.startsWith('Z');
}

describe('run', () => {
  test('run gives both outputs and the time when the process ends well', async () => {
    const done = await run(shell('echo out; echo err >&2'));

    expect(done).toMatchObject({ stdout: 'out\n', stderr: 'err\n' });
    expect(done.durationMs).toBeGreaterThan(0);
  });

  test('run succeeds when there is text on standard error and the exit code is 0', async () => {
    await expect(run(shell('echo "error: not really" >&2'))).resolves.toMatchObject({ stdout: '' });
  });

  test('run starts in the host folder, or in the one of the command', async () => {
    expect((await run(shell('pwd'))).stdout).toBe(`${folder}\n`);
    expect((await run(shell('pwd', { workingDirectory: '/' }))).stdout).toBe('/\n');
  });

  test('run adds the variables of the command to those of the host and passes no others', async () => {
    const env = { PATH: process.env['PATH'], A: 'host', B: 'host', C: undefined };

    const { stdout } = await run(shell('echo "$A $B [$C] [$HOME]"', { env: { B: 'command' } }), { env });

    expect(stdout).toBe('host command [] []\n');
  });

  test('run writes the input and closes it, bytes as they are', async () => {
    expect((await run({ program: 'cat', args: [], input: 'grüß\n' })).stdout).toBe('grüß\n');
    expect((await run(shell('wc -c', { input: new Uint8Array(100_000) }))).stdout.trim()).toBe('100000');
  });

  test('run does not mind a process that ends without reading its input', async () => {
    await expect(run(shell('exit 0', { input: 'x'.repeat(1_000_000) }))).resolves.toBeDefined();
  });

  test('run passes arguments as they are, without a shell', async () => {
    const args = ['$HOME', '*', 'a b', '', "it's", '"'];

    const { stdout } = await run({ program: 'printf', args: ['[%s]', ...args] });

    expect(stdout).toBe(args.map((arg) => `[${arg}]`).join(''));
  });

  test('run hands over whole lines of both streams as they come', async () => {
    const lines: string[] = [];

    await run(
      shell(String.raw`printf 'one\ntw'; printf 'o\r\nlast'; printf 'err\n' >&2`, {
        onLine: (line, stream) => lines.push(`${stream}: ${line}`),
      }),
    );

    expect(lines.filter((line) => line.startsWith('stdout'))).toEqual(['stdout: one', 'stdout: two', 'stdout: last']);
    expect(lines).toContain('stderr: err');
  });

  test('run keeps the last 64 KiB of standard error', async () => {
    const { stderr } = await run(shell('seq 100000 >&2'));

    expect(Buffer.byteLength(stderr)).toBe(64 * 1024);
    expect(stderr.endsWith('\n100000\n')).toBe(true);
  });

  test('run keeps output up to its limit, and ends the process beyond it', async () => {
    const exact = await run(shell('printf 12345678', { maxOutputBytes: 8 }));
    const fault = await faultOf(run(shell('printf 123456789; sleep 60', { maxOutputBytes: 8 })));

    expect(exact.stdout).toBe('12345678');
    expect(fault.code).toBe('PROCESS_OUTPUT_TOO_LARGE');
    expect(fault.message).toBe('Cannot read the output of "sh": it is larger than 8 bytes');
  });
});

describe('a process that does not end well', () => {
  test('is a fault with the quoted command, the exit code and the end of standard error', async () => {
    const fault = await faultOf(run(shell('echo out; echo "disk full" >&2; exit 3')));

    expect(fault.code).toBe('PROCESS_FAILED');
    expect(fault.message).toBe(
      `Cannot run \`sh -c 'echo out; echo "disk full" >&2; exit 3'\`: it ended with exit code 3, expected exit code 0`,
    );
    expect(fault.frame).toBe('disk full');
    expect(fault instanceof ProcessFault && fault.end).toMatchObject({ exitCode: 3, signal: null, stdout: 'out\n' });
  });

  test('is a fault with the signal that ended it', async () => {
    const fault = await faultOf(run(shell('kill -KILL $$')));

    expect(fault.message).toMatch(/it ended by SIGKILL, expected exit code 0$/);
  });

  test('shows no secret in its message and its end of output', async () => {
    const redactor = new Redactor();
    redactor.add("s3cr'et");

    const fault = await faultOf(run(shell(`echo "s3cr'et" >&2; exit 1`), { redactor }));

    expect(`${fault.message}${String(fault.frame)}${JSON.stringify(fault)}`).not.toContain('s3cr');
    expect(fault.frame).toBe('***');
  });

  test('is PROGRAM_MISSING with PATH where there is no such program', async () => {
    const missing = await faultOf(run({ program: 'no-such-program', args: [] }, { env: { PATH: '/one:/two' } }));
    const file = await faultOf(run({ program: '/no/such/program', args: [] }));
    const folderAsProgram = await faultOf(run({ program: folder, args: [] }));

    expect([missing, file, folderAsProgram].map(({ code }) => code)).toEqual(Array(3).fill('PROGRAM_MISSING'));
    expect(missing.message).toBe('Cannot run "no-such-program": it is in no folder of PATH (/one:/two)');
    expect(file.message).toBe('Cannot run "/no/such/program": there is no such file');
    expect(folderAsProgram.message).toBe(`Cannot run "${folder}": it may not be executed`);
  });

  test('is told apart from a folder that is missing', async () => {
    const fault = await faultOf(run(shell('true', { workingDirectory: join(folder, 'gone') })));

    expect(fault.code).toBe('PROCESS_FAILED');
    expect(fault.message).toBe(`Cannot run "sh" in "${join(folder, 'gone')}": there is no such folder`);
  });

  test('is a fault where the system does not take an argument', async () => {
    const fault = await faultOf(run({ program: 'echo', args: ['a\0b'] }));

    expect(fault.code).toBe('PROCESS_FAILED');
    expect(fault.message).toMatch(/the system does not take its arguments$/);
  });
});

describe('ending a process', () => {
  test('a process that ends within its time limit is left alone, one that does not is ended with all it started', async () => {
    let grandchild = 0;
    const slow = shell('sleep 60 & echo $!; wait', {
      timeoutMs: 300,
      onLine: (line) => {
        grandchild = Number(line);
      },
    });

    const fast = await run(shell('echo fast', { timeoutMs: 60_000 }));
    const fault = await faultOf(run(slow));

    expect(fast.stdout).toBe('fast\n');
    expect(fault.code).toBe('PROCESS_TIMED_OUT');
    expect(fault.message).toMatch(/: it took longer than 300 ms$/);
    expect(grandchild).toBeGreaterThan(0);
    expect(isAlive(grandchild)).toBe(false);
  });

  test('a process group that ignores SIGTERM is killed after the grace time', async () => {
    let pid = 0;
    const controller = new AbortController();
    const stubborn = shell("trap '' TERM; echo $$; while :; do sleep 1; done", {
      onLine: (line) => {
        pid = Number(line);
        controller.abort();
      },
    });

    const fault = await faultOf(run(stubborn, { signal: controller.signal, graceMs: 50 }));

    expect(fault.code).toBe('INTERRUPTED');
    expect(isAlive(pid)).toBe(false);
  });

  test('a grandchild that holds the pipes does not hold up the run and lives on', async () => {
    const { stdout } = await run(shell('sleep 60 & echo $!'));

    const grandchild = Number(stdout);
    expect(isAlive(grandchild)).toBe(true);
    process.kill(grandchild);
  });

  test('an abort before the start runs nothing, and the reason of the signal is what is thrown', async () => {
    const reason = new Fault('INTERRUPTED', 'Cannot finish the run: it was interrupted by SIGTERM');
    const marks: string[] = [];

    const fault = await faultOf(
      run(shell('echo started', { onLine: (line) => marks.push(line) }), { signal: AbortSignal.abort(reason) }),
    );

    expect(fault).toBe(reason);
    expect(marks).toEqual([]);
  });

  test("a command's own signal ends it as the host's does", async () => {
    const controller = new AbortController();
    const command = shell('echo ready; sleep 60', { signal: controller.signal, onLine: () => controller.abort() });

    const fault = await faultOf(run(command));

    expect(fault.code).toBe('INTERRUPTED');
    expect(fault.message).toBe("Cannot finish `sh -c 'echo ready; sleep 60'`: it was interrupted");
  });

  test('an error of the line callback ends the process and is thrown', async () => {
    const broken = shell('echo line; sleep 60', {
      onLine: () => {
        throw new Error('cannot read the line');
      },
    });

    await expect(run(broken)).rejects.toThrow('cannot read the line');
  });
});
