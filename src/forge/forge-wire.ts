/** One request to the API of a forge. */
export interface ForgeRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body?: string;
}

export interface ForgeAnswer {
  readonly status: number;
  /** The first value of a header; names in lower case. */
  readonly header: (name: string) => string | undefined;
  readonly text: string;
}

/**
 * Carries single requests, without following redirects and without trying again. Every wait in it has a limit and what
 * it reads is capped.
 */
export interface ForgeWire {
  /** @throws {Fault} where no whole answer came; `retryable` where another try may help */
  readonly exchange: (request: ForgeRequest) => Promise<ForgeAnswer>;
  readonly close: () => void;
}
