import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { Redactor } from '../../src/errors/redact.ts';
import type { Clock } from '../../src/host/clock.ts';
import type { RunEvent } from '../../src/host/event.ts';
import type { Host } from '../../src/host/host.ts';
import type { Command, Completed, Processes } from '../../src/host/processes.ts';
import { FakeClock } from './fake-clock.ts';

export interface FakeHostOptions {
  /** The whole environment. Default: empty; child processes get PATH of the test process besides. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default: the folder of the test process. */
  readonly workingDirectory?: string;
  /** Default: a `FakeClock`, whose sleeps take no time. */
  readonly clock?: Clock | 'fake' | 'real';
  /** Default: real child processes, without process groups. */
  readonly processes?: Processes;
  /** Default: never aborted, but by `abort`. */
  readonly signal?: AbortSignal;
}

export interface FakeHost extends Host {
  /** Everything that was emitted, in order. */
  readonly events: RunEvent[];
  /** Interrupts the run. */
  readonly abort: (reason?: unknown) => void;
}

/** A small working host for tests: a clock that leaps, counted randomness, kept events. */
export function fakeHost(options: FakeHostOptions = {}): FakeHost {
  const events: RunEvent[] = [];
  const interrupt = new AbortController();
  const env = options.env ?? {};
  const workingDirectory = options.workingDirectory ?? process.cwd();
  return {
    env,
    workingDirectory,
    clock: chosenClock(options.clock),
    randomHex: countedHex(),
    processes: options.processes ?? { run: (command) => runPlainly(command, env, workingDirectory) },
    emit: (event) => events.push(event),
    redactor: new Redactor(),
    signal: options.signal === undefined ? interrupt.signal : AbortSignal.any([options.signal, interrupt.signal]),
    events,
    abort: (reason) => interrupt.abort(reason ?? new Error('interrupted by the test')),
  };
}

/** The clock of the machine, for the few tests that are about real waits. */
export const realClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, ms);
      signal?.addEventListener('abort', () => {
        clearTimeout(timer);
        reject(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)));
      });
    }),
};

function chosenClock(clock: FakeHostOptions['clock']): Clock {
  if (clock === 'real') return realClock;
  return clock === undefined || clock === 'fake' ? new FakeClock() : clock;
}

function countedHex(): (byteCount: number) => string {
  let count = 0;
  return (byteCount) => {
    count += 1;
    let hex = '';
    for (let part = 0; hex.length < byteCount * 2; part += 1)
      hex += createHash('sha256').update(`${count}/${part}`).digest('hex');
    return hex.slice(0, byteCount * 2);
  };
}

function runPlainly(command: Command, env: FakeHostOptions['env'], workingDirectory: string): Promise<Completed> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(command.program, command.args, {
      cwd: command.workingDirectory ?? workingDirectory,
      env: { PATH: process.env['PATH'], ...env, ...command.env },
    });
    const texts = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => (texts[stream] += text));
    }
    child.stdin.on('error', () => undefined).end(command.input ?? '');
    child.on('error', reject);
    child.on('close', (code) => {
      for (const stream of ['stdout', 'stderr'] as const) {
        for (const line of texts[stream].split('\n').filter((text) => text !== '')) command.onLine?.(line, stream);
      }
      if (code === 0) resolve({ ...texts, durationMs: performance.now() - started });
      else reject(new Error(`${command.program} exited with ${code}: ${texts.stdout}${texts.stderr}`));
    });
  });
}
