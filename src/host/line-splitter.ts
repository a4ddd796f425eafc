import { StringDecoder } from 'node:string_decoder';

const maxLineLength = 1024 * 1024;

/**
 * Cuts a stream of bytes into lines at `\n`, `\r\n` and a lone `\r` (as progress bars write), wherever the bytes are
 * split into chunks. Text that is not UTF-8 is shown with U+FFFD. A line of more than 1 Mi characters comes in pieces.
 */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8');
  readonly #onLine: (line: string) => void;
  #rest = '';
  #endedByReturn = false;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  write(chunk: Uint8Array): void {
    this.#take(this.#decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)));
  }

  /** Hands over what stands after the last line end, if anything. */
  end(): void {
    this.#take(this.#decoder.end());
    if (this.#rest !== '') this.#onLine(this.#rest);
    this.#rest = '';
  }

  #take(text: string): void {
    if (text === '') return;
    const fresh = this.#endedByReturn && text.startsWith('\n') ? text.slice(1) : text;
    this.#endedByReturn = text.endsWith('\r');
    const lines = fresh.split(/\r\n|\n|\r/);
    const [first = '', ...others] = lines;
    this.#rest += first;
    for (const line of others) {
      this.#onLine(this.#rest);
      this.#rest = line;
    }
    if (this.#rest.length > maxLineLength) {
      this.#onLine(this.#rest);
      this.#rest = '';
    }
  }
}
