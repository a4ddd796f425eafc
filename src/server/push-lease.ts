import { readFile, rename, stat, utimes, writeFile } from 'node:fs/promises';
import type { Host } from '../host/host.ts';
import { temporaryPath } from '../store/temporary-path.ts';
import { unlessMissing } from './disk-blobs.ts';

/** A push that does nothing for so long is not one any more. */
export const pushPauseMs = 15 * 60 * 1000;

const writeEveryMs = 10_000;

export interface Busy {
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** Since when a repository has been taking content in without a pause longer than `pushPauseMs`, as a value. */
export function extendBusy(before: Busy | undefined, nowMs: number): Busy {
  const goesOn = before !== undefined && nowMs - before.untilMs <= pushPauseMs;
  return { sinceMs: goesOn ? before.sinceMs : nowMs, untilMs: nowMs };
}

/**
 * A note on the disk of when content began to come into a repository and when it last did. A blob is not garbage while
 * the push that sent it, hours ago, is still under way: in this process, in another one, or in one that was killed.
 */
export class PushLease {
  readonly #path: string;
  readonly #directory: string;
  readonly #host: Host;
  #written: Busy | undefined;

  constructor(directory: string, path: string, host: Host) {
    this.#directory = directory;
    this.#path = path;
    this.#host = host;
  }

  /** Notes that content is coming in just now. */
  async extend(): Promise<void> {
    const nowMs = this.#host.clock.now().getTime();
    if (this.#written !== undefined && nowMs - this.#written.untilMs < writeEveryMs) return;
    const busy = extendBusy(await this.#read(), nowMs);
    const { path } = await temporaryPath(this.#directory, this.#host);
    await writeFile(path, `${busy.sinceMs} ${busy.untilMs}\n`, { flag: 'wx' });
    await utimes(path, busy.untilMs / 1000, busy.untilMs / 1000);
    await rename(path, this.#path);
    this.#written = busy;
  }

  /** Since when content has been coming in; undefined where none came for `pushPauseMs`. */
  async sinceMs(): Promise<number | undefined> {
    const busy = await this.#read();
    const nowMs = this.#host.clock.now().getTime();
    return busy === undefined || nowMs - busy.untilMs > pushPauseMs ? undefined : busy.sinceMs;
  }

  async #read(): Promise<Busy | undefined> {
    const text = await unlessMissing(readFile(this.#path, 'utf8'));
    const match = /^(\d+) (\d+)\n$/.exec(text ?? '');
    if (match !== null) return { sinceMs: Number(match[1]), untilMs: Number(match[2]) };
    // A note that cannot be read still says when it was written.
    const facts = text === undefined ? undefined : await unlessMissing(stat(this.#path));
    return facts === undefined ? undefined : { sinceMs: facts.mtimeMs, untilMs: facts.mtimeMs };
  }
}
