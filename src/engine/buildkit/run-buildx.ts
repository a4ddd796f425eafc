import { Fault, isFault } from '../../errors/fault.ts';
import type { Host } from '../../host/host.ts';
import { ProcessFault } from '../../host/process-fault.ts';
import { BuildSteps, type StepListener } from './build-steps.ts';
import type { CellLog } from './cell-log.ts';
import { decodeProgress } from './decode-progress.ts';

const keptTextLines = 400;

/** Characters above which the host hands a line over in pieces: a message of that size is left out. */
const longestLine = 1024 * 1024;

/** How a run of `docker buildx build` ended. */
export interface BuildxRun {
  readonly succeeded: boolean;
  readonly steps: BuildSteps;
  /** What it wrote in words, besides its progress. */
  readonly text: readonly string[];
}

export interface RunBuildxOptions {
  readonly host: Host;
  readonly args: readonly string[];
  /** Beside the environment of the host. */
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly listener: StepListener;
  readonly log: CellLog;
}

/**
 * Runs `docker` with `--progress=rawjson` to its end. Whether it succeeded is told by its exit code alone.
 * @throws {Fault} DOCKER_MISSING, INTERRUPTED, or the reason of the signal where that is a fault
 */
export async function runBuildx(options: RunBuildxOptions): Promise<BuildxRun> {
  const { host, args, env, signal, listener, log } = options;
  const steps = new BuildSteps(listener);
  const text: string[] = [];
  let isCut = false;
  function onLine(line: string): void {
    const isRest = isCut;
    isCut = line.length > longestLine && (isRest || line.startsWith('{'));
    if (isRest || isCut) return;
    const progress = decodeProgress(line);
    if (progress.kind === 'message') steps.apply(progress.message);
    else if (progress.kind === 'text') {
      text.push(line);
      if (text.length > keptTextLines) text.shift();
      if (line !== '') log.write(line);
    }
  }
  try {
    await host.processes.run({ program: 'docker', args, env: { ...quietly, ...env }, signal, onLine });
    return { succeeded: true, steps, text };
  } catch (error) {
    if (isFault(error, 'PROGRAM_MISSING')) {
      throw new Fault('DOCKER_MISSING', 'Cannot build: the docker program is not on PATH', { cause: error });
    }
    if (!isFault(error, 'PROCESS_FAILED') || signal.aborted || host.signal.aborted) throw error;
    if (error instanceof ProcessFault && error.end.signal !== null) {
      text.push(`ERROR: docker was ended by ${error.end.signal}`);
    }
    return { succeeded: false, steps, text };
  } finally {
    steps.finish();
  }
}

/** What is not read need not be asked of the builder. */
const quietly: Readonly<Record<string, string>> = {
  BUILDX_METADATA_PROVENANCE: 'disabled',
  DOCKER_CLI_HINTS: 'false',
};
