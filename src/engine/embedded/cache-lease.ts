import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { diskFault } from '../../store/disk-fault.ts';
import { currentOwner, formatOwner, ownerState, parseOwner } from '../../store/process-owner.ts';

/** A lease of another machine or container that is older is taken for forgotten. */
const foreignAgeMs = 24 * 60 * 60 * 1000;

let serial = 0;

/**
 * Says that a build uses the cache: what it has touched since then is not pruned until `release` is called or the
 * process is gone.
 * @throws {Fault} STORE_FULL, STORE_DENIED
 */
export async function takeLease(root: string): Promise<{ readonly release: () => void; readonly takenNs: bigint }> {
  const folder = join(root, 'leases');
  serial += 1;
  const file = join(folder, `${serial}.${formatOwner(await currentOwner())}`);
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, '');
    return { release: () => rmSync(file, { force: true }), takenNs: statSync(file, { bigint: true }).mtimeNs };
  } catch (error) {
    throw diskFault(error, `use the build cache "${root}"`, root);
  }
}

/** When the oldest build that still runs began, in milliseconds since 1970; undefined where none runs. Forgotten leases are removed. */
export async function oldestLeaseMs(root: string, nowMs: number): Promise<number | undefined> {
  const folder = join(root, 'leases');
  let oldest: number | undefined;
  for (const name of namesIn(folder)) {
    const file = join(folder, name);
    const takenMs = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
    if (takenMs === undefined) continue;
    if (await isForgotten(name, nowMs - takenMs)) rmSync(file, { force: true });
    else if (oldest === undefined || takenMs < oldest) oldest = takenMs;
  }
  return oldest;
}

async function isForgotten(name: string, ageMs: number): Promise<boolean> {
  const owner = parseOwner(name.slice(name.indexOf('.') + 1));
  const state = owner === undefined ? 'unknown' : await ownerState(owner);
  return state === 'unknown' ? ageMs > foreignAgeMs : state === 'dead';
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
