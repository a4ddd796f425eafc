import { rmSync } from 'node:fs';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Fault } from '../errors/fault.ts';
import { onExit } from './exit-hooks.ts';
import type { Host } from './host.ts';

const namePattern = /^polyarch-(\d+)-[A-Za-z0-9]{6}$/;
const maxAgeMs = 24 * 60 * 60 * 1000;
/** Folders that this process has looked into for what others left behind. */
const swept = new Set<string>();

export interface TempDirectory {
  /** Absolute; readable by this user alone. */
  readonly path: string;
  /** Removes it with all it holds; again is no fault. */
  remove(): Promise<void>;
}

/**
 * Makes an empty folder for this run. It is removed by `remove`, else when the host's signal is aborted, else when the
 * process exits; one that a killed process left behind is removed by a later run, after a day.
 *
 * @throws {Fault} TEMP_DIRECTORY_UNAVAILABLE
 */
export async function makeTempDirectory(host: Host): Promise<TempDirectory> {
  const parent = tempParent(host);
  await sweepOnce(parent, host);
  const path = await mkdtemp(join(parent, `polyarch-${process.pid}-`)).catch((error: unknown) => {
    const message = `Cannot make a temporary folder in "${parent}"`;
    throw new Fault('TEMP_DIRECTORY_UNAVAILABLE', message, { cause: error, where: { path: parent } });
  });
  const forget = onExit(() => rmSync(path, { recursive: true, force: true }));
  async function remove(): Promise<void> {
    host.signal.removeEventListener('abort', onAbort);
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
    forget();
  }
  function onAbort(): void {
    // What is left after a race with a writer is removed by the exit hook.
    void rm(path, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
  }
  host.signal.addEventListener('abort', onAbort, { once: true });
  return { path, remove };
}

/** Removes temporary folders of polyarch processes that ended a day ago or earlier without doing it; returns their paths. */
export async function sweepTempDirectories(host: Host): Promise<readonly string[]> {
  const parent = tempParent(host);
  const names = await readdir(parent).catch(() => []);
  const removed: string[] = [];
  for (const name of names) {
    const owner = namePattern.exec(name)?.[1];
    if (owner === undefined || isAlive(Number(owner))) continue;
    const path = join(parent, name);
    if (await isOld(path, host)) {
      await rm(path, { recursive: true, force: true }).then(() => removed.push(path), ignoreForeign);
    }
  }
  return removed;
}

async function sweepOnce(parent: string, host: Host): Promise<void> {
  if (swept.has(parent)) return;
  swept.add(parent);
  await sweepTempDirectories(host);
}

function tempParent(host: Host): string {
  return host.env['TMPDIR'] ?? tmpdir();
}

/** A process of another container has another number here: age is what makes it safe to remove its folder. */
async function isOld(path: string, host: Host): Promise<boolean> {
  const facts = await stat(path).catch(() => undefined);
  return facts !== undefined && host.clock.now().getTime() - facts.mtimeMs > maxAgeMs;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Another user's folder is theirs to remove. */
function ignoreForeign(): void {}
