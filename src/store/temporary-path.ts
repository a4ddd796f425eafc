import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Host } from '../host/host.ts';
import { currentOwner, formatOwner, ownerState, parseOwner } from './process-owner.ts';

const prefix = '.tmp-';
const foreignAgeMs = 24 * 60 * 60 * 1000;

let serial = 0;

/** A path in a folder that nobody else uses; its name says which process it belongs to, so that `sweepTemporary` knows. */
export async function temporaryPath(
  directory: string,
  host: Host,
): Promise<{ readonly path: string; readonly nonce: string }> {
  serial += 1;
  const owner = formatOwner(await currentOwner());
  const nonce = `${process.pid}-${serial}-${host.randomHex(4)}`;
  return { path: join(directory, `${prefix}${owner}.${nonce}`), nonce };
}

export function isTemporary(name: string): boolean {
  return name.startsWith(prefix);
}

/** Removes the temporary files in a folder whose processes are gone; those of other machines and containers after a day. */
export async function sweepTemporary(directory: string, host: Host): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  for (const name of names.filter(isTemporary)) {
    const path = join(directory, name);
    if (await isLeftover(name, path, host)) await rm(path, { force: true });
  }
}

async function isLeftover(name: string, path: string, host: Host): Promise<boolean> {
  const owner = parseOwner(name.slice(prefix.length, name.lastIndexOf('.')));
  const state = owner === undefined ? 'unknown' : await ownerState(owner);
  if (state !== 'unknown') return state === 'dead';
  const facts = await stat(path).catch(() => undefined);
  return facts !== undefined && host.clock.now().getTime() - facts.mtimeMs > foreignAgeMs;
}
