import { Fault, isFault } from '../../../errors/fault.ts';
import type { BuildOptions } from '../../engine.ts';
import type { AttemptRequest, AttemptResult, RunAttempt } from '../attempt.ts';
import { manualCommand } from '../manual-command.ts';
import { type Verdict, Watchdog, type WatchLimits } from './watchdog.ts';

/** How often an attempt is looked at; limits are kept to within this. */
const tickMs = 10_000;

/** From the abort of an attempt to when it is no longer waited for; the process group is long dead by then. */
const endGraceMs = 60_000;

export interface WatchedAttempt {
  /** Never rejects but where the run is interrupted, or by a fault of polyarch. */
  readonly result: Promise<AttemptResult>;
  /** Its builder was lost by another attempt: it must soon give a sign of life. */
  readonly suspect: () => void;
}

export interface RunWatchedOptions {
  readonly runAttempt: RunAttempt;
  readonly limits: WatchLimits;
  readonly options: BuildOptions;
}

/** Runs an attempt under the watchdog, which ends it by its signal; the result then tells the watchdog's reason. */
export function runWatched(
  request: Omit<AttemptRequest, 'signal' | 'onActivity'>,
  watched: RunWatchedOptions,
): WatchedAttempt {
  const { clock } = watched.options.host;
  const { cell, placement } = request;
  const watchdog = new Watchdog({ cell, placement, limits: watched.limits, startedMs: clock.monotonicMs() });
  return {
    result: runToEnd(request, watchdog, watched),
    suspect: () => watchdog.suspect(clock.monotonicMs()),
  };
}

async function runToEnd(
  request: Omit<AttemptRequest, 'signal' | 'onActivity'>,
  watchdog: Watchdog,
  { runAttempt, options }: RunWatchedOptions,
): Promise<AttemptResult> {
  const { host } = options;
  const ending = new AbortController();
  const signal = AbortSignal.any([host.signal, ending.signal]);
  const attempt = runAttempt(
    { ...request, signal, onActivity: (activity) => watchdog.hear(activity, host.clock.monotonicMs()) },
    options,
  );
  const over = new AbortController();
  const settled = attempt.then(
    (result) => ({ result }),
    (error: unknown) => ({ error }),
  );
  const watching = watch(watchdog, { host, over: over.signal });
  const first = await Promise.race([settled, watching]);
  if ('fault' in first) ending.abort(first.fault);
  const end = 'fault' in first ? await Promise.race([settled, graceOf(options, over.signal)]) : first;
  over.abort();
  if ('result' in end && end.result.kind === 'built') return end.result;
  if (host.signal.aborted) throw host.signal.reason;
  if ('fault' in first) return failedBy(first, 'result' in end ? end.result : undefined, { request, options });
  return 'result' in end ? end.result : failedByError(end.error, { request, options });
}

interface Context {
  readonly request: Omit<AttemptRequest, 'signal' | 'onActivity'>;
  readonly options: BuildOptions;
}

/** Looks at the attempt until it must end, or is over. */
async function watch(
  watchdog: Watchdog,
  { host, over }: { readonly host: BuildOptions['host']; readonly over: AbortSignal },
): Promise<Verdict> {
  const { clock } = host;
  for (;;) {
    const nowMs = clock.monotonicMs();
    // It was told so by its own signal, and has what is left of the grace to end.
    if (host.signal.aborted) return { failure: 'transient', fault: interruption() };
    const verdict = watchdog.judge(nowMs);
    if (verdict !== undefined) return verdict;
    const heartbeat = watchdog.heartbeat(nowMs);
    if (heartbeat !== undefined) host.emit({ kind: 'note', level: 'info', text: heartbeat });
    const waitMs = Math.min(tickMs, Math.max(1, watchdog.wakeMs() - nowMs));
    await clock.sleep(waitMs, over).catch(() => undefined);
    if (over.aborted) return new Promise(() => undefined);
  }
}

function interruption(): Fault {
  return new Fault('INTERRUPTED', 'Cannot finish the build: it was interrupted');
}

/** An attempt that does not end although it was told to is left alone. */
async function graceOf({ host }: BuildOptions, over: AbortSignal): Promise<{ readonly error: undefined }> {
  await host.clock.sleep(endGraceMs, over).catch(() => undefined);
  return { error: undefined };
}

function failedBy(
  { failure, fault }: Verdict,
  ended: AttemptResult | undefined,
  { request, options }: Context,
): AttemptResult {
  const told = ended?.kind === 'failed' ? ended : undefined;
  return {
    kind: 'failed',
    failure,
    fault,
    logTail: told?.logTail ?? [],
    command: told?.command ?? manualCommand(request.cell, request.builder, options.host),
  };
}

/** What an attempt throws beside an interruption is about this cell alone. */
function failedByError(error: unknown, { request, options }: Context): AttemptResult {
  if (!isFault(error)) throw error;
  const failure = error.retryable ? 'transient' : 'permanent';
  return {
    kind: 'failed',
    failure,
    fault: error,
    logTail: [],
    command: manualCommand(request.cell, request.builder, options.host),
  };
}
