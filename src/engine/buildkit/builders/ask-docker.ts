import { Fault } from '../../../errors/fault.ts';
import type { Host } from '../../../host/host.ts';
import { dockerFault } from './docker-fault.ts';

/** How long one question to a builder may take, in milliseconds. buildx itself gives up after 20 s and tells what it has. */
export const probeLimitMs = 25_000;

export interface Question {
  readonly host: Host;
  /** What is asked, for faults: `the builder "graviton"`. */
  readonly what: string;
  /** Default: `probeLimitMs`. */
  readonly limitMs?: number;
  readonly input?: string;
}

/**
 * Runs docker and gives its standard output.
 *
 * @throws {Fault} DOCKER_MISSING, BUILDX_MISSING, DOCKER_DOWN, DOCKER_DENIED, DOCKER_CONTEXT_UNKNOWN, BUILDER_SILENT,
 * BUILDER_UNREACHABLE, BUILDER_SSH_DENIED, BUILDER_HOST_UNKNOWN, BUILDER_UNKNOWN, BUILDER_DRIVER_WRONG, BUILDER_STALE,
 * PROCESS_FAILED, INTERRUPTED
 */
export async function askDocker(
  args: readonly string[],
  { host, what, limitMs = probeLimitMs, input }: Question,
): Promise<string> {
  try {
    const { stdout } = await host.processes.run({
      program: 'docker',
      args,
      timeoutMs: limitMs,
      ...(input === undefined ? {} : { input }),
    });
    return stdout;
  } catch (error) {
    const fault = dockerFault(error, what);
    if (!(fault instanceof Fault) || fault.code !== 'BUILDER_SILENT') throw fault;
    throw new Fault('BUILDER_SILENT', `Cannot use ${what}: it gave no answer in ${limitMs / 1000} s`, { cause: error });
  }
}
