import { Writable } from 'node:stream';
import { createHost } from '../host/create-host.ts';
import type { Emit } from '../host/event.ts';
import { exitCodeOf, listenForSignals } from '../host/signals.ts';
import { type ColorChoice, createTerminal } from '../host/terminal.ts';
import type { CliContext, Streams } from './context.ts';

export interface OpenedContext {
  readonly context: CliContext;
  /** Gives the signals back and decides what the process exits with. */
  readonly finish: (exitCode?: number) => number;
}

/** Makes the context of one command line. `--color` is read here because faults of the command line are coloured too. */
export function openContext(argv: readonly string[], streams: Streams): OpenedContext {
  const listener = listenForSignals();
  const events: { emit: Emit } = { emit: ignore };
  let wanted = 0;
  let isSignalExpected = false;
  const host = createHost({ emit: (event) => events.emit(event), signal: listener.signal });
  const color = colorOf(argv);
  const context: CliContext = {
    host,
    stdout: createTerminal({ stream: streams.stdout, env: host.env, color }),
    stderr: createTerminal({ stream: streams.stderr, env: host.env, color }),
    ask: async () => {
      const { openStdin, stderr } = streams;
      if (openStdin === undefined || !(stderr instanceof Writable)) return undefined;
      const { createPrompt } = await import('../host/prompt.ts');
      return createPrompt({ input: openStdin(), output: stderr, signal: listener.signal });
    },
    showEvents: (next) => {
      events.emit = next;
    },
    setExitCode: (exitCode) => {
      wanted = exitCode;
    },
    expectSignal: () => {
      isSignalExpected = true;
    },
  };
  function finish(exitCode = wanted): number {
    const signal = listener.received();
    listener.stop();
    return signal === undefined || isSignalExpected ? exitCode : exitCodeOf(signal);
  }
  return { context, finish };
}

function ignore(): void {
  // Nobody listens yet.
}

function colorOf(argv: readonly string[]): ColorChoice {
  const at = argv.findIndex((word) => word === '--color' || word.startsWith('--color='));
  const value = at < 0 ? undefined : (argv[at]?.split('=')[1] ?? argv[at + 1]);
  return value === 'always' || value === 'never' ? value : 'auto';
}
