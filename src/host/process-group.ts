import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
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
  } catch {
    return false;
  }
  return process.platform !== 'linux' || hasRunningMember(groupId);
}

/**
 * Whether a process of the group still runs. In a container without an init that collects them, ended processes stay in
 * their group as zombies for as long as the container lives, and signal 0 takes them for living.
 */
function hasRunningMember(groupId: number): boolean {
  try {
    const numbers = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    return numbers.some((number) => isRunningMember(number, groupId));
  } catch {
    return true;
  }
}

/** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: `pid (name) state ppid pgrp ...` */
function isRunningMember(number: string, groupId: number): boolean {
  try {
    const text = readFileSync(join('/proc', number, 'stat'), 'latin1');
    const [state, , group] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return Number(group) === groupId && state !== 'Z' && state !== 'X';
  } catch {
    return false;
  }
}
