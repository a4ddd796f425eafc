import { Fault } from '../errors/fault.ts';

/** The longest manifest, index or config that is read, in bytes. Registries take at least 4 MiB. */
export const documentLimitBytes = 8 * 1024 * 1024;

/** How deep lists and objects may lie in one another. A deeper document could exhaust the stack of whoever walks it. */
const deepest = 64;

/**
 * Reads the bytes of an untrusted JSON document. Besides JSON itself it wants UTF-8 without a byte order mark, a
 * bounded size and depth, and no key twice in one object: programs that disagree on which of two wins could be shown
 * two different images under one digest.
 * @throws {Fault} DOCUMENT_MALFORMED
 */
export function parseJson(bytes: Uint8Array, document: string): unknown {
  if (bytes.byteLength > documentLimitBytes) {
    throw malformed(document, `it has ${bytes.byteLength} bytes, expected at most ${documentLimitBytes}`);
  }
  const text = decodeUtf8(bytes, document);
  checkStructure(text, document);
  return parse(text, document);
}

function parse(text: string, document: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw malformed(document, `it is not JSON (${cause instanceof Error ? cause.message : String(cause)})`, cause);
  }
}

function decodeUtf8(bytes: Uint8Array, document: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw malformed(document, 'it is not UTF-8', cause);
  }
}

/** Looks at brackets and keys alone; whether the rest is JSON is told by the parser. */
function checkStructure(text: string, document: string): void {
  const open: (Set<string> | undefined)[] = [];
  const colon = /\s*:/y;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '{' || character === '[') open.push(character === '{' ? new Set() : undefined);
    else if (character === '}' || character === ']') open.pop();
    else if (character === '"') {
      const end = endOfString(text, at);
      colon.lastIndex = end + 1;
      if (colon.test(text)) addKey(open.at(-1), text.slice(at, end + 1), document);
      at = end;
    }
    if (open.length > deepest) throw malformed(document, `it is nested deeper than ${deepest} levels`);
  }
}

/** The place of the quote that closes the string opened at `start`, or the end of the text. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}

function addKey(keys: Set<string> | undefined, quoted: string, document: string): void {
  const key = quoted.includes('\\') ? String(parse(quoted, document)) : quoted.slice(1, -1);
  if (keys?.has(key) === true) throw malformed(document, `the key ${JSON.stringify(key)} stands twice in one object`);
  keys?.add(key);
}

function malformed(document: string, reason: string, cause?: unknown): Fault {
  return new Fault('DOCUMENT_MALFORMED', `Cannot read the ${document}: ${reason}`, { cause });
}
