import { EventEmitter } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { Redactor } from '../../../src/errors/redact.ts';
import { createPainter, type Painter } from '../../../src/host/paint.ts';
import { createTerminal } from '../../../src/host/terminal.ts';

/** A screen that understands what the painter writes: text, line feeds, cursor up, and erasing. */
class Screen extends EventEmitter {
  readonly isTTY: boolean;
  readonly columns = 80;
  readonly rows = 24;
  readonly written: string[] = [];
  readonly lines: string[] = [''];
  isCursorShown = true;
  #row = 0;

  constructor(isTTY = true) {
    super();
    this.isTTY = isTTY;
  }

  write(text: string): void {
    this.written.push(text);
    for (const [token] of text.matchAll(/\u001B\[[?\d]*[A-Za-z]|[\n\r]|[^\u001B\n\r]+/g)) this.#take(token);
    this.emit('painted');
  }

  #take(token: string): void {
    if (token === '\n') {
      this.#row += 1;
      this.lines[this.#row] ??= '';
    } else if (token.endsWith('A')) {
      this.#row -= Number(token.slice(2, -1));
    } else if (token === '\u001B[2K') {
      this.lines[this.#row] = '';
    } else if (token === '\u001B[0J') {
      this.lines.splice(this.#row, Infinity, '');
    } else if (token.startsWith('\u001B[?25')) {
      this.isCursorShown = token.endsWith('h');
    } else if (token !== '\r') {
      this.lines[this.#row] = `${this.lines[this.#row] ?? ''}${token}`;
    }
  }

  painted(): Promise<unknown> {
    return new Promise((resolve) => this.once('painted', resolve));
  }
}

const painters: Painter[] = [];
afterEach(() => {
  for (const painter of painters.splice(0)) painter.stop();
});

function paint(screen: Screen, frame: (() => readonly string[]) | undefined, redactor = new Redactor()): Painter {
  const terminal = createTerminal({ stream: screen, env: {} });
  const painter = createPainter({ terminal, redactor, ...(frame === undefined ? {} : { frame }) });
  painters.push(painter);
  return painter;
}

describe('a painter on a terminal', () => {
  test('paints the frame below what is printed, and takes it away at the end', async () => {
    const screen = new Screen();
    let frame = ['head', 'one'];
    const painter = paint(screen, () => frame);

    await screen.painted();
    expect(screen.lines).toEqual(['head', 'one', '']);
    expect(screen.isCursorShown).toBe(false);

    painter.print(['for good']);
    frame = ['head', 'two', 'three'];
    await screen.painted();
    expect(screen.lines).toEqual(['for good', 'head', 'two', 'three', '']);

    frame = ['head'];
    await screen.painted();
    expect(screen.lines).toEqual(['for good', 'head', '']);

    painter.print(['also for good']);
    painter.stop();
    painter.stop();
    expect(screen.lines).toEqual(['for good', 'also for good', '']);
    expect(screen.isCursorShown).toBe(true);
  });

  test('writes only the lines that changed', async () => {
    const screen = new Screen();
    let count = 0;
    paint(screen, () => ['same', `count ${(count += 1)}`, 'same too']);

    await screen.painted();
    await screen.painted();

    expect(screen.written.at(-1)).toBe('\u001B[3A\r\n\u001B[2Kcount 2\n\n');
    expect(screen.lines).toEqual(['same', 'count 2', 'same too', '']);
  });

  test('writes nothing while nothing changes', async () => {
    const screen = new Screen();
    let asked = 0;
    paint(screen, () => {
      asked += 1;
      return ['same'];
    });

    while (asked < 3) await new Promise((resolve) => setImmediate(resolve));

    expect(screen.written).toHaveLength(1);
  });

  test('paints everything anew after a change of size', async () => {
    const screen = new Screen();
    paint(screen, () => ['a', 'b']);
    await screen.painted();

    screen.emit('resize');
    const cleared = [...screen.lines];
    await screen.painted();

    expect(cleared).toEqual(['']);
    expect(screen.lines).toEqual(['a', 'b', '']);
  });

  test('prints at once after it was stopped, and listens to the size no more', () => {
    const screen = new Screen();
    const painter = paint(screen, () => ['frame']);
    painter.stop();

    painter.print(['late']);

    expect(screen.lines).toEqual(['late', '']);
    expect(screen.listenerCount('resize')).toBe(0);
  });

  test('hides secrets in frames and in what is printed', async () => {
    const screen = new Screen();
    const redactor = new Redactor();
    redactor.add('hunter22');
    const painter = paint(screen, () => ['frame hunter22'], redactor);

    painter.print(['print hunter22']);
    await screen.painted();

    expect(screen.lines).toEqual(['print ***', 'frame ***', '']);
  });
});

describe('a painter that cannot paint', () => {
  test.each([
    ['a pipe', new Screen(false), () => ['frame']],
    ['no frame', new Screen(), undefined],
  ] as const)('with %s writes lines as they come and nothing else', (_name, screen, frame) => {
    const painter = paint(screen, frame);

    painter.print(['one', 'two']);
    painter.print([]);
    painter.stop();

    expect(screen.written).toEqual(['one\ntwo\n']);
  });
});
