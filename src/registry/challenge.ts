/** One way that a server offers to prove who is asking. https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1 */
export interface Challenge {
  /** Lower case: `basic`, `bearer`. */
  readonly scheme: string;
  /** Names in lower case. */
  readonly parameters: Readonly<Record<string, string>>;
}

const token = /[A-Za-z0-9!#$%&'*+.^_`|~-]+/y;
const equals = /\s*=\s*/y;
const quoted = /"((?:[^"\\]|\\[^])*)"/y;
const bare = /[^\s,"]+/y;

/**
 * Reads every WWW-Authenticate header of an answer. Registries leave out commas and quotes, or send several challenges in
 * one header; all of that is understood. A parameter whose quote is never closed is left out.
 */
export function parseChallenges(headers: readonly string[]): readonly Challenge[] {
  return headers.flatMap(parseHeader);
}

function parseHeader(header: string): readonly Challenge[] {
  const challenges: { scheme: string; parameters: Record<string, string> }[] = [];
  let at = 0;
  function take(pattern: RegExp): string | undefined {
    pattern.lastIndex = at;
    const match = pattern.exec(header);
    if (match === null) return undefined;
    at = pattern.lastIndex;
    return match[1] ?? match[0];
  }
  while (at < header.length) {
    const name = take(token);
    if (name === undefined) at += 1;
    else if (take(equals) === undefined) challenges.push({ scheme: name.toLowerCase(), parameters: {} });
    else {
      const value = take(quoted)?.replace(/\\([^])/g, '$1') ?? take(bare);
      const current = challenges.at(-1);
      if (value === undefined) at = header[at] === '"' ? header.length : at;
      else if (current !== undefined) current.parameters[name.toLowerCase()] ??= value;
    }
  }
  return challenges;
}
