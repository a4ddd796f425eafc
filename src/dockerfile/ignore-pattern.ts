import { Fault } from '../errors/fault.ts';
import { cleanPath } from './clean-path.ts';
import { checkFilepathPattern } from './filepath-match.ts';
import { trimSpace } from './white-space.ts';

/** One pattern of a .dockerignore file or an `--exclude`, made uniform. */
export interface IgnorePattern {
  /** Without the `!`. */
  readonly text: string;
  /** Whether it was written with `!`: what it matches is kept after all. */
  readonly exception: boolean;
}

/**
 * Makes a pattern uniform: outer white space, doubled slashes, `.` and `..` go; `undefined` where nothing is left.
 * @throws {Fault} PATTERN_MALFORMED
 */
function cleanPattern(written: string): IgnorePattern | undefined {
  const trimmed = trimSpace(written);
  if (trimmed === '') return undefined;
  const cleaned = cleanPath(trimmed);
  const exception = cleaned.startsWith('!');
  const text = exception ? cleaned.slice(1) : cleaned;
  if (text === '') {
    throw new Fault(
      'PATTERN_MALFORMED',
      'Cannot read the pattern "!": illegal exclusion pattern, expected a path behind !',
    );
  }
  checkFilepathPattern(text);
  return { text, exception };
}

/**
 * Makes a list of patterns uniform; empty ones are dropped.
 * @throws {Fault} PATTERN_MALFORMED
 */
export function cleanPatterns(written: readonly string[]): readonly IgnorePattern[] {
  return written.map(cleanPattern).filter((pattern) => pattern !== undefined);
}

/**
 * Reads a .dockerignore file. Lines that start with `#` are comments; a leading `/` is dropped.
 * https://docs.docker.com/build/concepts/context/#dockerignore-files
 * @throws {Fault} PATTERN_MALFORMED with file and line
 */
export function parseIgnore(text: string, file = '.dockerignore'): readonly IgnorePattern[] {
  const patterns: IgnorePattern[] = [];
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    if (line.startsWith('#')) continue;
    try {
      const pattern = cleanPattern(relativePattern(trimSpace(line)));
      if (pattern !== undefined) patterns.push(pattern);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      const where = { file, line: index + 1, column: line.length - line.trimStart().length + 1 };
      throw new Fault(error.code, error.message, { where, frame: `> ${index + 1} | ${line}`, cause: error.cause });
    }
  }
  return patterns;
}

/** The pattern without the slash that it starts with, behind a `!` too. */
function relativePattern(line: string): string {
  const sign = line.startsWith('!') ? '!' : '';
  const path = sign === '' ? line : trimSpace(line.slice(1));
  if (path === '') return line;
  const cleaned = cleanPath(path);
  return sign + (cleaned.length > 1 && cleaned.startsWith('/') ? cleaned.slice(1) : cleaned);
}
