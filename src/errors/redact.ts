const mask = '***';

/**
 * A place where secrets are named so that nothing shown can hold them. `redact` also removes what looks like a
 * credential: user and password in a URL, bearer and basic tokens, and query parameters that carry tokens.
 */
export class Redactor {
  readonly #secrets = new Set<string>();

  /** Remembers a secret. Values shorter than 4 characters are ignored: masking them would garble every text. */
  add(secret: string): void {
    if (secret.length >= 4) this.#secrets.add(secret);
  }

  redact(text: string): string {
    let shown = text;
    for (const secret of [...this.#secrets].sort((a, b) => b.length - a.length)) shown = shown.replaceAll(secret, mask);
    return redactPatterns(shown);
  }
}

/** Removes what looks like a credential from a text, without knowing any secret. */
export function redactPatterns(text: string): string {
  return text
    .replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@:]+(?::[^\s/@]*)?@/gi, `$1${mask}@`)
    .replace(/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}/g, `$1 ${mask}`)
    .replace(
      /([?&](?:access_token|token|refresh_token|password|sig|signature|X-Amz-[A-Za-z-]+)=)[^&\s"']+/gi,
      `$1${mask}`,
    );
}
