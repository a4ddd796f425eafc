import { link, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Fault } from '../errors/fault.ts';
import type { Host } from '../host/host.ts';
import { diskFault, systemCode } from './disk-fault.ts';
import { currentOwner, formatOwner, ownerState, parseOwner } from './process-owner.ts';
import { temporaryPath } from './temporary-path.ts';

export interface FileLockOptions {
  readonly host: Host;
  /** How long a living owner is waited for, in milliseconds. Default: 30,000. */
  readonly waitMs?: number;
  /** How long the lock of an owner that cannot be asked (another container or machine) is honoured, unchanged. Default: 10,000. */
  readonly patienceMs?: number;
}

interface Held {
  /** The whole text of the lock file: owner and a nonce, so that no two locks ever read the same. */
  readonly text: string;
}

const longestPauseMs = 50;

/** Who in this process holds or waits for a lock; among themselves they queue instead of polling the file. */
const queues = new Map<string, Promise<unknown>>();

/**
 * Runs an action while no other process does one under the same lock file.
 *
 * The file is made whole by `link`, so that it is never seen without its owner. The lock of a process that was killed is
 * taken over: only who holds the lock `PATH.<nonce of the dead lock>` may replace it, so two waiters never both win.
 * @throws {Fault} STORE_LOCKED, STORE_FULL, STORE_DENIED
 */
export async function withFileLock<T>(path: string, options: FileLockOptions, action: () => Promise<T>): Promise<T> {
  const before = queues.get(path) ?? Promise.resolve();
  const mine = before.catch(() => undefined).then(() => lockAndRun(path, options, action));
  queues.set(path, mine);
  try {
    return await mine;
  } finally {
    if (queues.get(path) === mine) queues.delete(path);
  }
}

async function lockAndRun<T>(path: string, options: FileLockOptions, action: () => Promise<T>): Promise<T> {
  const held = await acquire(path, options);
  try {
    return await action();
  } finally {
    await release(path, held);
  }
}

async function acquire(path: string, options: FileLockOptions): Promise<Held> {
  const { host, waitMs = 30_000, patienceMs = 10_000 } = options;
  const staged = await stageLock(path, host);
  const startedMs = host.clock.monotonicMs();
  let seen = { text: '', sinceMs: startedMs };
  try {
    for (let attempt = 0; ; attempt += 1) {
      if (await tryLink(staged.path, path)) return staged;
      const text = await readLock(path);
      if (text === undefined) continue;
      const nowMs = host.clock.monotonicMs();
      if (text !== seen.text) seen = { text, sinceMs: nowMs };
      const state = await stateOf(text);
      const isStale = state === 'dead' || (state === 'unknown' && nowMs - seen.sinceMs >= patienceMs);
      if (isStale && (await takeOver(path, { text, staged, options }))) return staged;
      if (!isStale && nowMs - startedMs >= waitMs) throw locked(path, text, waitMs);
      if (!isStale) await host.clock.sleep(pauseMs(attempt, host), host.signal);
    }
  } finally {
    await rm(staged.path, { force: true });
  }
}

/** Replaces a dead owner's lock; false where somebody else was first. */
async function takeOver(
  path: string,
  dead: { readonly text: string; readonly staged: Held & { readonly path: string }; readonly options: FileLockOptions },
): Promise<boolean> {
  const [, nonce = 'none'] = dead.text.trim().split(' ');
  return withFileLock(`${path}.${nonce.replaceAll(/[^A-Za-z0-9-]/g, '')}`, dead.options, async () => {
    if ((await readLock(path)) !== dead.text) return false;
    await rename(dead.staged.path, path);
    return true;
  });
}

async function release(path: string, held: Held): Promise<void> {
  // A lock that was taken over after all is no longer ours to remove.
  if ((await readLock(path)) === held.text) await rm(path, { force: true });
}

async function stageLock(path: string, host: Host): Promise<Held & { readonly path: string }> {
  const staged = await temporaryPath(dirname(path), host);
  const text = `${formatOwner(await currentOwner())} ${staged.nonce}\n`;
  try {
    await writeFile(staged.path, text, { flag: 'wx' });
  } catch (error) {
    throw diskFault(error, `lock "${path}"`, path);
  }
  return { path: staged.path, text };
}

async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw diskFault(error, `lock "${to}"`, to);
  }
}

/** The text of a lock; one that cannot be read yet has the text of its identity, so that it counts as unchanged. */
async function readLock(path: string): Promise<string | undefined> {
  try {
    const text = await readFile(path, 'utf8');
    return text === '' ? `? ${(await stat(path)).mtimeMs}\n` : text;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw diskFault(error, `read the lock "${path}"`, path);
  }
}

async function stateOf(text: string): Promise<'alive' | 'dead' | 'unknown'> {
  const owner = parseOwner(text.split(' ')[0] ?? '');
  return owner === undefined ? 'unknown' : ownerState(owner);
}

function pauseMs(attempt: number, host: Host): number {
  const jitter = Number.parseInt(host.randomHex(1), 16) / 256;
  return Math.min(longestPauseMs, 2 ** Math.min(attempt, 6)) * (0.5 + jitter);
}

function locked(path: string, text: string, waitMs: number): Fault {
  const owner = parseOwner(text.split(' ')[0] ?? '');
  const who = owner === undefined ? 'an unknown process' : `process ${owner.pid}`;
  return new Fault('STORE_LOCKED', `Cannot lock "${path}": ${who} has held it for ${waitMs} ms`, { where: { path } });
}
