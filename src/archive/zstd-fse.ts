import type { BackwardBits } from './backward-bits.ts';
import { damaged } from './damaged.ts';

/** Decoding table of a finite state entropy code: for each state its symbol, and how to get to the next state. */
export interface FseTable {
  readonly accuracyLog: number;
  readonly symbols: Uint8Array;
  readonly bitCounts: Uint8Array;
  readonly baselines: Uint16Array;
}

/** How often each symbol occurs, in parts of 2^accuracyLog; -1 is less than one part. */
export interface FseDistribution {
  readonly accuracyLog: number;
  readonly counts: readonly number[];
}

/**
 * Reads a distribution; gives the bytes it took. https://www.rfc-editor.org/rfc/rfc8878#section-4.1.1
 * @throws {Fault} ARCHIVE_MALFORMED
 */
export function readDistribution(
  bytes: Uint8Array,
  limits: { readonly maxLog: number; readonly maxSymbol: number },
): FseDistribution & { readonly sizeBytes: number } {
  let position = 4;
  function peek(count: number): number {
    const at = position >> 3;
    const word = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16);
    return (word >>> (position & 7)) & ((1 << count) - 1);
  }
  const accuracyLog = 5 + ((bytes[0] ?? 0) & 15);
  if (accuracyLog > limits.maxLog) throw damaged('zstd', 'an entropy table is too fine');
  const counts: number[] = [];
  let left = 1 << accuracyLog;
  while (left > 0) {
    const width = 32 - Math.clz32(left + 1);
    const spare = (1 << width) - 1 - (left + 1);
    const low = peek(width - 1);
    const short = low < spare;
    const value = short ? low : peek(width);
    position += short ? width - 1 : width;
    const count = (short || value < 1 << (width - 1) ? value : value - spare) - 1;
    left -= Math.abs(count);
    counts.push(count);
    for (let more = count === 0; more; ) {
      const zeros = peek(2);
      position += 2;
      for (let zero = 0; zero < zeros; zero++) counts.push(0);
      more = zeros === 3 && counts.length <= limits.maxSymbol;
    }
  }
  const sizeBytes = (position + 7) >> 3;
  if (left < 0 || counts.length > limits.maxSymbol + 1 || sizeBytes > bytes.length) {
    throw damaged('zstd', 'an entropy table contradicts itself');
  }
  return { accuracyLog, counts, sizeBytes };
}

/** Builds the table of a distribution. https://www.rfc-editor.org/rfc/rfc8878#section-4.1.1 */
export function buildFseTable({ accuracyLog, counts }: FseDistribution): FseTable {
  const size = 1 << accuracyLog;
  const symbols = spreadSymbols(counts, size);
  const next = counts.map((count) => (count === -1 ? 1 : count));
  const bitCounts = new Uint8Array(size);
  const baselines = new Uint16Array(size);
  for (let state = 0; state < size; state++) {
    const symbol = symbols[state] ?? 0;
    const value = next[symbol] ?? 0;
    next[symbol] = value + 1;
    const bits = accuracyLog - (31 - Math.clz32(value));
    bitCounts[state] = bits;
    baselines[state] = (value << bits) - size;
  }
  return { accuracyLog, symbols, bitCounts, baselines };
}

/** The table of a code that knows one symbol alone. */
export function singleFseTable(symbol: number): FseTable {
  return {
    accuracyLog: 0,
    symbols: Uint8Array.of(symbol),
    bitCounts: new Uint8Array(1),
    baselines: new Uint16Array(1),
  };
}

function spreadSymbols(counts: readonly number[], size: number): Uint8Array {
  const symbols = new Uint8Array(size);
  let high = size;
  for (const [symbol, count] of counts.entries()) if (count === -1) symbols[--high] = symbol;
  const step = (size >> 1) + (size >> 3) + 3;
  let place = 0;
  for (const [symbol, count] of counts.entries()) {
    for (let left = count; left > 0; left--) {
      symbols[place] = symbol;
      do place = (place + step) & (size - 1);
      while (place >= high);
    }
  }
  return symbols;
}

/** A state that walks through a table as it reads bits. */
export class FseState {
  readonly #table: FseTable;
  readonly #bits: BackwardBits;
  #state: number;

  constructor(table: FseTable, bits: BackwardBits) {
    this.#table = table;
    this.#bits = bits;
    this.#state = bits.read(table.accuracyLog);
  }

  get symbol(): number {
    return this.#table.symbols[this.#state] ?? 0;
  }

  advance(): void {
    const { bitCounts, baselines } = this.#table;
    this.#state = (baselines[this.#state] ?? 0) + this.#bits.read(bitCounts[this.#state] ?? 0);
  }
}
