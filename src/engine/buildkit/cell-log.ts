import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Host } from '../../host/host.ts';
import { cellSlug } from '../../plan/cell-slug.ts';

/** Bytes that one attempt may add to the file; what a build says beyond helps nobody and could fill the disk. */
const maxBytes = 16 * 1024 * 1024;
const longestLine = 16 * 1024;
const keptLines = 40;

/** The log of a cell: `logs/SLUG.log` below the folder of the run, its attempts one behind the other, redacted. */
export class CellLog {
  /** Absolute. */
  readonly path: string;
  readonly #host: Host;
  readonly #file: WriteStream;
  readonly #tail: string[] = [];
  readonly #closed: Promise<void>;
  #bytes = 0;

  private constructor(path: string, host: Host) {
    this.path = path;
    this.#host = host;
    this.#file = createWriteStream(path, { flags: 'a' });
    this.#closed = new Promise((resolve) => {
      this.#file.once('close', resolve);
    });
    // A log that cannot be written is no reason to end a build that goes well.
    this.#file.once('error', (error) => {
      host.emit({ kind: 'note', level: 'warning', text: `Cannot write the log "${path}": ${error.message}` });
    });
  }

  static async open(cell: string, options: { readonly host: Host; readonly runFolder: string }): Promise<CellLog> {
    const folder = join(options.runFolder, 'logs');
    // Where it cannot be made, opening the file tells why.
    await mkdir(folder, { recursive: true }).catch(() => undefined);
    return new CellLog(join(folder, `${cellSlug(cell)}.log`), options.host);
  }

  /** The last lines, redacted. */
  get tail(): readonly string[] {
    return [...this.#tail];
  }

  write(line: string): void {
    const redacted = this.#host.redactor.redact(line);
    const shown = redacted.length > longestLine ? `${redacted.slice(0, longestLine)}…` : redacted;
    this.#tail.push(shown);
    if (this.#tail.length > keptLines) this.#tail.shift();
    if (this.#bytes > maxBytes || this.#file.destroyed) return;
    const text = `${shown}\n`;
    this.#bytes += Buffer.byteLength(text);
    this.#file.write(this.#bytes > maxBytes ? 'The log is cut here: it is larger than 16 MiB\n' : text);
  }

  /** Resolves when all lines are in the file, or cannot be. */
  async close(): Promise<void> {
    if (!this.#file.destroyed) this.#file.end();
    await this.#closed;
  }
}
