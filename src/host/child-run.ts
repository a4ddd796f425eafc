import type { ChildProcess } from 'node:child_process';
import { Fault } from '../errors/fault.ts';
import { onExit } from './exit-hooks.ts';
import { LineSplitter } from './line-splitter.ts';
import { OutputTail } from './output-tail.ts';
import type { ProcessEnd } from './process-fault.ts';
import { endProcessGroup, sendToGroup } from './process-group.ts';
import type { Command } from './processes.ts';

const maxErrorBytes = 64 * 1024;
const defaultMaxOutputBytes = 8 * 1024 * 1024;
/** How long a pipe may be silent after the process itself has ended, when something it started still holds it. */
const silenceMs = 100;
const drainLimitMs = 2000;

/** One child from its start until it has ended and its output has been read. */
export class ChildRun {
  /** Rejects only when the program could not be started. */
  readonly ended: Promise<ProcessEnd>;
  readonly #child: ChildProcess;
  readonly #command: Command;
  readonly #graceMs: number;
  readonly #stdout: Uint8Array[] = [];
  readonly #stderr = new OutputTail(maxErrorBytes);
  #stdoutBytes = 0;
  #lastDataMs = 0;
  #stopped: Error | undefined;
  #groupEnded: Promise<void> = Promise.resolve();

  constructor(child: ChildProcess, command: Command, graceMs: number) {
    this.#child = child;
    this.#command = command;
    this.#graceMs = graceMs;
    this.#listen('stdout', (chunk) => this.#keep(chunk));
    this.#listen('stderr', (chunk) => this.#stderr.write(chunk));
    // A program may end without having read its input.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(command.input);
    this.ended = this.#wait();
  }

  /** Why the run was ended from outside, if it was. */
  get stopped(): Error | undefined {
    return this.#stopped;
  }

  /** Ends the process group; the first reason counts. */
  stop(reason: Error): void {
    if (this.#stopped !== undefined) return;
    this.#stopped = reason;
    const { pid } = this.#child;
    if (pid !== undefined) this.#groupEnded = endProcessGroup(pid, this.#graceMs);
  }

  #listen(name: 'stdout' | 'stderr', keep: (chunk: Uint8Array) => void): void {
    const { onLine } = this.#command;
    const stream = this.#child[name];
    const lines = onLine === undefined ? undefined : new LineSplitter((line) => onLine(line, name));
    stream?.on('data', (chunk: Uint8Array) => {
      this.#lastDataMs = performance.now();
      keep(chunk);
      if (this.#stopped === undefined) this.#guard(() => lines?.write(chunk));
    });
    stream?.on('close', () => this.#guard(() => lines?.end()));
  }

  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.stop(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #keep(chunk: Uint8Array): void {
    const maxBytes = this.#command.maxOutputBytes ?? defaultMaxOutputBytes;
    this.#stdoutBytes += chunk.byteLength;
    if (this.#stdoutBytes <= maxBytes) {
      this.#stdout.push(chunk);
      return;
    }
    const what = `Cannot read the output of "${this.#command.program}"`;
    this.stop(new Fault('PROCESS_OUTPUT_TOO_LARGE', `${what}: it is larger than ${maxBytes} bytes`));
  }

  async #wait(): Promise<ProcessEnd> {
    const { pid } = this.#child;
    const forget = onExit(() => {
      if (pid !== undefined) sendToGroup(pid, 'SIGKILL');
    });
    try {
      const [exitCode, signal] = await this.#exit();
      await this.#groupEnded;
      return {
        exitCode,
        signal,
        stdout: Buffer.concat(this.#stdout).toString('utf8'),
        stderr: this.#stderr.text(),
      };
    } finally {
      forget();
    }
  }

  /** Resolves when the process has ended and its pipes are closed, or silent because a grandchild holds them. */
  #exit(): Promise<[exitCode: number | null, signal: string | null]> {
    const child = this.#child;
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (exitCode, signal) => resolve([exitCode, signal]));
      child.once('exit', () => this.#drain(performance.now()));
    });
  }

  #drain(exitedMs: number): void {
    const timer = setTimeout(() => {
      // The timers run before the pipes are read: give what already lies in them its turn.
      setImmediate(() => {
        const nowMs = performance.now();
        const silent = nowMs - Math.max(this.#lastDataMs, exitedMs) >= silenceMs;
        if (!silent && nowMs - exitedMs < drainLimitMs) this.#drain(exitedMs);
        else this.#closePipes();
      });
    }, silenceMs);
    this.#child.once('close', () => clearTimeout(timer));
  }

  #closePipes(): void {
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
    this.#child.stdin?.destroy();
  }
}
