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
    for (const { program, parent } of processes.values())
      if (program.includes('qemu') && isBelow(parent, engine, processes)) seen.add(program);
  }
  const timer = setInterval(look, everyMs);
  return {
    stop: () => {
      clearInterval(timer);
      return [...seen];
    },
  };
}

interface Process {
  readonly program: string;
  readonly parent: string;
}

function readProcesses(): ReadonlyMap<string, Process> {
  const processes = new Map<string, Process>();
  for (const id of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const [, parent = ''] = /\) \S (\d+) /.exec(readFileSync(`/proc/${id}/stat`, 'utf8')) ?? [];
      const [program = ''] = readFileSync(`/proc/${id}/cmdline`, 'utf8').split('\0', 1);
      processes.set(id, { program, parent });
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
