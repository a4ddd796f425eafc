/** When colours are used: always, never, or where the output is a terminal that shows them. */
export type ColorChoice = 'auto' | 'always' | 'never';

/** What of a stream decides how it is written to; `process.stdout` and `process.stderr` are such streams. */
export interface OutputStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
  on(event: 'resize', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
}

export interface Terminal {
  /** Whether lines may be painted over: a terminal that understands cursor movement. */
  readonly isInteractive: boolean;
  readonly hasColors: boolean;
  /** Width in columns now; 80 where a terminal does not say, and infinite where it is none: nothing is cut for a file. */
  columns(): number;
  /** Height in rows now; 24 where the stream does not say. */
  rows(): number;
  write(text: string): void;
  /** Calls back whenever the size changes; returns a function that ends it. */
  onResize(listener: () => void): () => void;
}

export interface TerminalOptions {
  readonly stream: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Default: auto. */
  readonly color?: ColorChoice;
}

/** Describes a stream as a terminal; a pipe and a file are terminals that are not interactive. */
export function createTerminal({ stream, env, color = 'auto' }: TerminalOptions): Terminal {
  const isTerminal = stream.isTTY === true;
  return {
    isInteractive: isTerminal && env['TERM'] !== 'dumb' && !isContinuousIntegration(env),
    hasColors: decideColor({ isTerminal, env, color }),
    columns: () => positive(stream.columns) ?? positive(Number(env['COLUMNS'])) ?? (isTerminal ? 80 : Infinity),
    rows: () => positive(stream.rows) ?? positive(Number(env['LINES'])) ?? 24,
    write: (text) => void stream.write(text),
    onResize: (listener) => {
      stream.on('resize', listener);
      return () => void stream.off('resize', listener);
    },
  };
}

export interface ColorFacts {
  readonly isTerminal: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly color: ColorChoice;
}

/**
 * Whether to use colours. In this order: the user's choice, NO_COLOR (https://no-color.org: any text but the empty one),
 * FORCE_COLOR (`0` and `false` are no), TERM=dumb, then whether it is a terminal or a CI service that shows colours.
 */
export function decideColor({ isTerminal, env, color }: ColorFacts): boolean {
  if (color !== 'auto') return color === 'always';
  if (isSet(env['NO_COLOR'])) return false;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  if (env['TERM'] === 'dumb') return false;
  return isTerminal || isSet(env['GITHUB_ACTIONS']) || isSet(env['GITLAB_CI']);
}

/** Whether a CI service runs this process, as all of them say by `CI`. */
export function isContinuousIntegration(env: Readonly<Record<string, string | undefined>>): boolean {
  return isSet(env['CI']) && env['CI'] !== 'false' && env['CI'] !== '0';
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}

function positive(value: number | undefined): number | undefined {
  return value !== undefined && Number.isInteger(value) && value > 0 ? value : undefined;
}
