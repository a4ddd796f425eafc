import { spawnSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';

const pollMs = 20;

/**
 * Ends a process group in order: SIGTERM, then SIGKILL to whatever of it is left after `graceMs`.
 * Resolves when the group is gone or has been killed.
 */
export async function endProcessGroup(groupId: number, graceMs: number): Promise<void> {
  sendToGroup(groupId, 'SIGTERM');
  const deadlineMs = performance.now() + graceMs;
  while (performance.now() < deadlineMs) {
    if (!isGroupAlive(groupId)) return;
    await delay(pollMs);
  }
  sendToGroup(groupId, 'SIGKILL');
}

/** Sends a signal to every process of a group; a group that is gone is no fault. */
export function sendToGroup(groupId: number, signal: NodeJS.Signals): void {
  if (process.platform === 'win32') {
    spawnSync('taskkill', ['/pid', String(groupId), '/t', '/f'], { stdio: 'ignore', windowsHide: true });
    return;
  }
  try {
    process.kill(-groupId, signal);
  } catch {
    // ESRCH: all of them have ended. EPERM: only processes of another user are left, which we may not end.
  }
}

function isGroupAlive(groupId: number): boolean {
  try {
    process.kill(process.platform === 'win32' ? groupId : -groupId, 0);
    return true;
  } catch {
    return false;
  }
}
