import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inject } from 'vitest';

/** What is seen of emulators while something runs. */
export interface EmulatorWatch {
  /** Ends it, and gives the names of the emulators that were seen. */
  readonly stop: () => readonly string[];
}

/** Looks again and again for emulators among the processes that the engine of the tests has started. */
export function watchEmulators(everyMs = 20): EmulatorWatch {
  const socket = (inject('engineEnvironment')['DOCKER_HOST'] ?? '').replace('unix://', '');
  const engine = readFileSync(join(dirname(socket), 'docker.pid'), 'utf8').trim();
  const seen = new Set<string>();
  function look(): void {
    const processes = readProcesses();
    // Debian's are /usr/libexec/qemu-binfmt/ARCHITECTURE-binfmt-P
    for (const { program, argument, parent } of processes.values()) {
      if (!program.includes('qemu') || argument === ownProbe) continue;
      if (isBelow(parent, engine, processes)) seen.add(`${program} ${argument}`);
    }
  }
  const timer = setInterval(look, everyMs);
  return {
    stop: () => {
      clearInterval(timer);
      return [...seen];
    },
  };
}

/** BuildKit starts this of every architecture to find out what it could emulate, whenever it likes: no part of a build. */
const ownProbe = '/check';

interface Process {
  readonly program: string;
  /** The first of its arguments; empty where it has none. */
  readonly argument: string;
  readonly parent: string;
}

function readProcesses(): ReadonlyMap<string, Process> {
  const processes = new Map<string, Process>();
  for (const id of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const [, parent = ''] = /\) \S (\d+) /.exec(readFileSync(`/proc/${id}/stat`, 'utf8')) ?? [];
      const [program = '', argument = ''] = readFileSync(`/proc/${id}/cmdline`, 'utf8').split('\0', 2);
      processes.set(id, { program, argument, parent });
    } catch {
      // It has ended in the meantime.
    }
  }
  return processes;
}

function isBelow(id: string, ancestor: string, processes: ReadonlyMap<string, Process>): boolean {
  for (let at: string | undefined = id; at !== undefined; at = processes.get(at)?.parent)
    if (at === ancestor) return true;
  return false;
}
