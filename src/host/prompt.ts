import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { Fault } from '../errors/fault.ts';

/** Asks one question; an empty answer is the usual one. */
export type Ask = (question: string, usual: string) => Promise<string>;

export interface PromptStreams {
  readonly input: Readable & { readonly isTTY?: boolean };
  readonly output: Writable & { readonly isTTY?: boolean };
  /** Ends the wait for an answer. */
  readonly signal: AbortSignal;
}

/** Asks on a terminal; undefined where somebody is not at both ends: a script is never asked. */
export function createPrompt({ input, output, signal }: PromptStreams): Ask | undefined {
  if (input.isTTY !== true || output.isTTY !== true) return undefined;
  return (question, usual) =>
    new Promise((resolve, reject) => {
      const lines = createInterface({ input, output, terminal: false });
      function stop(): void {
        reject(new Fault('INTERRUPTED', 'Cannot wait for an answer: it was interrupted', { cause: signal.reason }));
        lines.close();
      }
      signal.addEventListener('abort', stop, { once: true });
      lines.once('line', (line) => {
        resolve(line.trim() === '' ? usual : line.trim());
        lines.close();
      });
      // What was settled above stays: this is the end of the input.
      lines.once('close', () => {
        signal.removeEventListener('abort', stop);
        resolve(usual);
      });
      output.write(`${question} [${usual}] `);
    });
}
