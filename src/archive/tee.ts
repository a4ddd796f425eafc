/** A stream that passes as it is, and what a reader of a copy of it came to. */
export interface Tee<Result> {
  readonly stream: AsyncIterable<Uint8Array>;
  /** Settles after the stream was read to its end, or left. Rejects with what the reader threw. */
  readonly result: Promise<Result>;
}

/**
 * Lets a second reader see every chunk of a stream as it passes. The stream waits for the reader, so that no more than one
 * chunk is held; a reader that stops early is not waited for any more. Chunks are shared, and must not be changed.
 */
export function tee<Result>(
  source: AsyncIterable<Uint8Array>,
  read: (copy: AsyncIterable<Uint8Array>) => Promise<Result>,
): Tee<Result> {
  const copy = new Handover();
  const result = read(copy.chunks()).finally(() => copy.leave());
  // Whoever asks for the result hears of it; until then it is no unhandled rejection.
  result.catch(() => undefined);
  async function* pass(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for await (const chunk of source) {
        await copy.give(chunk);
        yield chunk;
      }
    } finally {
      await copy.give(undefined);
    }
  }
  return { stream: pass(), result };
}

/** Hands chunks from one side to the other, one at a time; `undefined` is the end. */
class Handover {
  #given: { readonly chunk: Uint8Array | undefined; readonly taken: () => void } | undefined;
  #wake: (() => void) | undefined;
  #isLeft = false;

  /** Resolves when the chunk was taken, or when nobody takes any more. */
  give(chunk: Uint8Array | undefined): Promise<void> {
    if (this.#isLeft) return Promise.resolve();
    return new Promise((taken) => {
      this.#given = { chunk, taken };
      this.#wake?.();
    });
  }

  async *chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const { chunk, taken } = this.#given ?? (await this.#next());
      this.#given = undefined;
      taken();
      if (chunk === undefined) return;
      yield chunk;
    }
  }

  /** Nothing is taken any more. */
  leave(): void {
    this.#isLeft = true;
    this.#given?.taken();
  }

  #next(): Promise<{ readonly chunk: Uint8Array | undefined; readonly taken: () => void }> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined;
        if (this.#given !== undefined) resolve(this.#given);
      };
    });
  }
}
