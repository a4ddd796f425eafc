import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';

/** A process, told apart from a later one that was given the same number. */
export interface ProcessOwner {
  readonly pid: number;
  /** Ticks from the boot to the start of the process; "" where the system does not tell. */
  readonly start: string;
  /** The boot and the process namespace that `pid` counts in, without white space, `.` and `/`. */
  readonly space: string;
}

let own: Promise<ProcessOwner> | undefined;

/** This process. */
export function currentOwner(): Promise<ProcessOwner> {
  own ??= readOwn();
  return own;
}

/** Whether an owner still runs; `unknown` where it lives in another container, on another machine or before a reboot. */
export async function ownerState(owner: ProcessOwner): Promise<'alive' | 'dead' | 'unknown'> {
  const self = await currentOwner();
  if (owner.space !== self.space) return 'unknown';
  if (!hasProcess(owner.pid)) return 'dead';
  if (owner.start === '') return 'alive';
  return (await startOf(String(owner.pid))) === owner.start ? 'alive' : 'dead';
}

/** One word for a file name: `pid.start.space`. */
export function formatOwner(owner: ProcessOwner): string {
  return `${owner.pid}.${owner.start}.${owner.space}`;
}

/** Reads what `formatOwner` wrote; undefined for anything else. */
export function parseOwner(text: string): ProcessOwner | undefined {
  const match = /^([1-9][0-9]{0,9})\.([0-9]*)\.([A-Za-z0-9_-]+)$/.exec(text);
  if (match === null) return undefined;
  return { pid: Number(match[1]), start: match[2] ?? '', space: match[3] ?? '' };
}

async function readOwn(): Promise<ProcessOwner> {
  const [start, boot, namespace] = await Promise.all([
    startOf('self'),
    readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => hostname()),
    readlink('/proc/self/ns/pid').catch(() => ''),
  ]);
  const space = `${boot.trim()}_${/[0-9]+/.exec(namespace)?.[0] ?? ''}`.replaceAll(/[^A-Za-z0-9_-]/g, '-');
  return { pid: process.pid, start: start ?? '', space };
}

/** Field 22 of `/proc/PID/stat`; undefined where there is no such process, or it is only waiting to be reaped. */
async function startOf(pid: string): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The name of the program, in parentheses, may hold spaces and parentheses itself.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields === undefined || fields[0] === 'Z' ? undefined : fields[19];
}

function hasProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
