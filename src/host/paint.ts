import type { Redactor } from '../errors/redact.ts';
import { onExit } from './exit-hooks.ts';
import type { Terminal } from './terminal.ts';

const framesPerSecond = 10;
const hideCursor = '\u001B[?25l';
const showCursor = '\u001B[?25h';
const eraseLine = '\u001B[2K';
const eraseBelow = '\u001B[0J';

export interface PainterOptions {
  readonly terminal: Terminal;
  readonly redactor: Redactor;
  /**
   * The lines to paint now, none wider than the terminal; asked for at most 10 times a second.
   * Without it, and where the terminal is not interactive, nothing is painted and `print` just writes.
   */
  readonly frame?: () => readonly string[];
}

/** Lines written for good, and below them a frame that is painted over. */
export interface Painter {
  /** Writes lines above the frame; they stay. */
  print(lines: readonly string[]): void;
  /** Takes the frame away and gives the cursor back; what was printed stays. Again does nothing. */
  stop(): void;
}

/** Paints frames on a terminal until it is stopped or the process exits. Everything goes through the redactor. */
export function createPainter(options: PainterOptions): Painter {
  const { terminal, redactor, frame } = options;
  if (frame !== undefined && terminal.isInteractive) return new FramePainter({ terminal, redactor, frame });
  return { print: (lines) => writeLines(terminal, redacted(lines, redactor)), stop: () => undefined };
}

class FramePainter implements Painter {
  readonly #terminal: Terminal;
  readonly #redactor: Redactor;
  readonly #timer: NodeJS.Timeout;
  readonly #release: readonly (() => void)[];
  #painted: readonly string[] = [];
  #waiting: string[] = [];
  #hasHiddenCursor = false;
  #isStopped = false;

  constructor({ terminal, redactor, frame }: Required<PainterOptions>) {
    this.#terminal = terminal;
    this.#redactor = redactor;
    this.#timer = setInterval(() => this.#paint(frame()), 1000 / framesPerSecond);
    this.#timer.unref();
    this.#release = [onExit(() => this.stop()), terminal.onResize(() => this.#repaint())];
  }

  print(lines: readonly string[]): void {
    const shown = redacted(lines, this.#redactor);
    if (this.#isStopped) writeLines(this.#terminal, shown);
    else this.#waiting.push(...shown);
  }

  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    clearInterval(this.#timer);
    for (const release of this.#release) release();
    this.#paint([]);
    if (this.#hasHiddenCursor) this.#terminal.write(showCursor);
  }

  /** After a change of width the terminal has wrapped the lines anew: nothing painted can be trusted. */
  #repaint(): void {
    const up = this.#painted.length;
    this.#painted = [];
    if (up > 0) this.#terminal.write(`\u001B[${up}A\r${eraseBelow}`);
  }

  /** Writes what changed, and nothing else. */
  #paint(frame: readonly string[]): void {
    const next = redacted(frame, this.#redactor);
    const lasting = this.#waiting;
    this.#waiting = [];
    if (lasting.length === 0 && sameLines(next, this.#painted)) return;
    const parts = this.#hasHiddenCursor || next.length === 0 ? [] : [hideCursor];
    if (next.length > 0) this.#hasHiddenCursor = true;
    parts.push(lasting.length > 0 ? this.#replaceAll(lasting, next) : this.#replaceChanged(next));
    this.#painted = next;
    this.#terminal.write(parts.join(''));
  }

  #replaceAll(lasting: readonly string[], next: readonly string[]): string {
    return `${this.#toTop()}${eraseBelow}${[...lasting, ...next].map((line) => `${line}\n`).join('')}`;
  }

  #replaceChanged(next: readonly string[]): string {
    const lines = next.map((line, row) => (line === this.#painted[row] ? '\n' : `${eraseLine}${line}\n`));
    const rest = next.length < this.#painted.length ? eraseBelow : '';
    return `${this.#toTop()}${lines.join('')}${rest}`;
  }

  #toTop(): string {
    return this.#painted.length === 0 ? '' : `\u001B[${this.#painted.length}A\r`;
  }
}

function redacted(lines: readonly string[], redactor: Redactor): readonly string[] {
  return lines.map((line) => redactor.redact(line));
}

function writeLines(terminal: Terminal, lines: readonly string[]): void {
  if (lines.length > 0) terminal.write(lines.map((line) => `${line}\n`).join(''));
}

function sameLines(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((line, row) => line === b[row]);
}
