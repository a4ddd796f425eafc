interface Turn {
  readonly controller: AbortController;
  readonly ended: Promise<void>;
}

/**
 * Lets one request at a time work on an upload. The newest wins: a client that comes back after its connection broke need
 * not wait until the broken one is noticed.
 */
export class UploadTurns {
  readonly #turns = new Map<string, Turn>();

  /** Runs an action when the one before has ended; the signal tells it that a newer one waits. */
  async take<Result>(id: string, action: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    const controller = new AbortController();
    const before = this.#turns.get(id);
    before?.controller.abort();
    const running = (before?.ended ?? Promise.resolve()).then(() => action(controller.signal));
    const turn: Turn = {
      controller,
      ended: running.then(
        () => undefined,
        () => undefined,
      ),
    };
    this.#turns.set(id, turn);
    try {
      return await running;
    } finally {
      if (this.#turns.get(id) === turn) this.#turns.delete(id);
    }
  }
}
