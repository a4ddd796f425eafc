import { Fault } from '../errors/fault.ts';
import { goQuote } from './go-quote.ts';

/** One piece of a pattern: stars before it, then characters and classes without a star. */
interface Chunk {
  readonly star: boolean;
  readonly pattern: readonly string[];
}

/**
 * Whether a path matches a pattern as a whole: `*` any characters but `/`, `?` one of them, `[a-z]` and `[^a-z]` classes,
 * `\` takes the next character literally. https://pkg.go.dev/path/filepath#Match
 * @throws {Fault} PATTERN_MALFORMED
 */
export function filepathMatch(pattern: string, path: string): boolean {
  const chunks = splitChunks(Array.from(pattern));
  let rest: readonly string[] = Array.from(path);
  for (const [index, chunk] of chunks.entries()) {
    const left = consume({ chunk, last: index === chunks.length - 1, rest, pattern });
    if (left === undefined) return checked(chunks.slice(index + 1), pattern);
    rest = left;
  }
  return rest.length === 0;
}

/**
 * Refuses a pattern that `filepathMatch` cannot understand.
 * @throws {Fault} PATTERN_MALFORMED
 */
export function checkFilepathPattern(pattern: string): void {
  checked(splitChunks(Array.from(pattern)), pattern);
}

/** The fault of a pattern that cannot be understood. */
export function malformedPattern(pattern: string, what = 'match against'): Fault {
  return new Fault('PATTERN_MALFORMED', `Cannot ${what} ${goQuote(pattern)}: syntax error in pattern`);
}

/** What is left of the path behind the chunk; `undefined` where it does not match. */
function consume({
  chunk,
  last,
  rest,
  pattern,
}: {
  readonly chunk: Chunk;
  readonly last: boolean;
  readonly rest: readonly string[];
  readonly pattern: string;
}): readonly string[] | undefined {
  if (chunk.star && chunk.pattern.length === 0) return rest.includes('/') ? undefined : [];
  const direct = matchChunk(chunk.pattern, rest, pattern);
  if (direct !== undefined && (direct.length === 0 || !last)) return direct;
  if (!chunk.star) return direct;
  for (let skipped = 0; skipped < rest.length && rest[skipped] !== '/'; skipped++) {
    const left = matchChunk(chunk.pattern, rest.slice(skipped + 1), pattern);
    if (left !== undefined && !(last && left.length > 0)) return left;
  }
  return undefined;
}

function checked(chunks: readonly Chunk[], pattern: string): false {
  for (const chunk of chunks) matchChunk(chunk.pattern, [], pattern);
  return false;
}

function splitChunks(pattern: readonly string[]): readonly Chunk[] {
  const chunks: Chunk[] = [];
  let position = 0;
  while (position < pattern.length) {
    const start = position;
    while (pattern[position] === '*') position++;
    const star = position > start;
    const from = position;
    position = chunkEnd(pattern, position);
    chunks.push({ star, pattern: pattern.slice(from, position) });
  }
  return chunks;
}

function chunkEnd(pattern: readonly string[], from: number): number {
  let inClass = false;
  let position = from;
  for (; position < pattern.length; position++) {
    const character = pattern[position];
    if (character === '\\') position++;
    else if (character === '[') inClass = true;
    else if (character === ']') inClass = false;
    else if (character === '*' && !inClass) break;
  }
  return Math.min(position, pattern.length);
}

/** Matches a chunk at the start of the text; it is read to its end even after a mismatch, to find its faults. */
function matchChunk(chunk: readonly string[], text: readonly string[], pattern: string): readonly string[] | undefined {
  let failed = false;
  let used = 0;
  let position = 0;
  while (position < chunk.length) {
    failed ||= used >= text.length;
    const character = text[used] ?? '';
    const piece = readPiece(chunk, position, pattern);
    if (!failed && !piece.accepts(character)) failed = true;
    used++;
    position = piece.end;
  }
  return failed ? undefined : text.slice(used);
}

interface Piece {
  readonly end: number;
  readonly accepts: (character: string) => boolean;
}

function readPiece(chunk: readonly string[], position: number, pattern: string): Piece {
  const character = chunk[position];
  if (character === '[') return readClass(chunk, position + 1, pattern);
  if (character === '?') return { end: position + 1, accepts: (found) => found !== '/' };
  const literal = character === '\\' ? position + 1 : position;
  const wanted = chunk[literal];
  if (wanted === undefined) throw malformedPattern(pattern);
  return { end: literal + 1, accepts: (found) => found === wanted };
}

function readClass(chunk: readonly string[], start: number, pattern: string): Piece {
  const negated = chunk[start] === '^';
  const ranges: { readonly low: number; readonly high: number }[] = [];
  let position = start + (negated ? 1 : 0);
  while (chunk[position] !== ']' || ranges.length === 0) {
    const low = readMember(chunk, position, pattern);
    position = low.end;
    let high = low;
    if (chunk[position] === '-') {
      high = readMember(chunk, position + 1, pattern);
      position = high.end;
    }
    ranges.push({ low: low.code, high: high.code });
  }
  return {
    end: position + 1,
    accepts(found) {
      const code = found.codePointAt(0) ?? -1;
      return ranges.some(({ low, high }) => low <= code && code <= high) !== negated;
    },
  };
}

/** One end of a range in a class. A class must go on behind it, so the end of the chunk there is a fault. */
function readMember(chunk: readonly string[], position: number, pattern: string) {
  const character = chunk[position];
  if (character === undefined || character === '-' || character === ']') throw malformedPattern(pattern);
  const literal = character === '\\' ? position + 1 : position;
  const code = chunk[literal]?.codePointAt(0);
  if (code === undefined || literal + 1 >= chunk.length) throw malformedPattern(pattern);
  return { code, end: literal + 1 };
}
