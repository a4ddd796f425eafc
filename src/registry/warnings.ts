import type { Host } from '../host/host.ts';

const longestWarning = 1000;

/** The texts of Warning headers that a registry means for people. https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#warnings */
export function parseWarnings(headers: readonly string[]): readonly string[] {
  return headers
    .flatMap((header) => [...header.matchAll(/\b299\s+\S+\s+"((?:[^"\\]|\\[^])*)"/g)])
    .map((match) => (match[1] ?? '').replace(/\\([^])/g, '$1').trim())
    .filter((text) => text !== '' && text.length <= longestWarning);
}

/** Tells each warning of a registry once. */
export class Warnings {
  readonly #host: Host;
  readonly #registry: string;
  readonly #told = new Set<string>();

  constructor(host: Host, registry: string) {
    this.#host = host;
    this.#registry = registry;
  }

  tell(headers: readonly string[]): void {
    for (const text of parseWarnings(headers)) {
      if (this.#told.has(text)) continue;
      this.#told.add(text);
      this.#host.emit({
        kind: 'note',
        level: 'warning',
        text: this.#host.redactor.redact(`${this.#registry}: ${text}`),
      });
    }
  }
}
