import { Fault } from '../errors/fault.ts';

const numbers = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

export type EndingSignal = keyof typeof numbers;

/** What a process that was ended by a signal exits with: 128 and the signal's number. */
export function exitCodeOf(signal: EndingSignal): number {
  return 128 + numbers[signal];
}

export interface SignalListener {
  /** Aborted by the first signal, with a Fault INTERRUPTED as its reason. */
  readonly signal: AbortSignal;
  /** The signal that came, if any. */
  received(): EndingSignal | undefined;
  /** Gives the signals back to whoever had them. */
  stop(): void;
}

export interface SignalListenerOptions {
  /** Ends this process at once, running the exit hooks. Default: `process.exit`. */
  readonly exit?: (exitCode: number) => void;
}

/**
 * Turns SIGINT, SIGTERM and SIGHUP into an abort: the first one lets the run stop cleanly, a second SIGINT or SIGTERM
 * ends the process at once.
 */
export function listenForSignals(options: SignalListenerOptions = {}): SignalListener {
  const exit = options.exit ?? ((exitCode: number) => process.exit(exitCode));
  const controller = new AbortController();
  const names: readonly EndingSignal[] = ['SIGHUP', 'SIGINT', 'SIGTERM'];
  let received: EndingSignal | undefined;

  function onSignal(name: EndingSignal): void {
    if (received === undefined) {
      received = name;
      controller.abort(new Fault('INTERRUPTED', `Cannot finish the run: it was interrupted by ${name}`));
    } else if (name !== 'SIGHUP') {
      exit(exitCodeOf(name));
    }
  }

  const listeners = names.map((name) => [name, () => onSignal(name)] as const);
  for (const [name, listener] of listeners) process.on(name, listener);
  return {
    signal: controller.signal,
    received: () => received,
    stop: () => {
      for (const [name, listener] of listeners) process.off(name, listener);
    },
  };
}
