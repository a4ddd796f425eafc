import { cleanPath } from './clean-path.ts';
import type { IgnorePattern } from './ignore-pattern.ts';
import { type PathTest, pathTest } from './path-test.ts';

/** What the patterns say of a directory; what is below it is judged faster with it. */
export interface IgnoreVerdict {
  readonly ignored: boolean;
  /** Which of the patterns match the directory or one above it, in their order. */
  readonly matched: readonly boolean[];
}

interface Rule {
  readonly text: string;
  readonly exception: boolean;
  readonly test: PathTest;
  /** How many names deep the pattern goes. */
  readonly depth: number;
}

/** Characters that make a pattern more than a plain path. */
const wildcards = /[*[\]?^\\]/;

/**
 * Judges paths by patterns of which the last that matches wins. A directory that matches takes everything below it along,
 * until an exception names it again. Paths are relative, with `/`, and clean.
 */
export class IgnoreMatcher {
  readonly #rules: readonly Rule[];
  readonly #exceptions: readonly string[];
  readonly #wildExceptions: boolean;

  constructor(patterns: readonly IgnorePattern[]) {
    this.#rules = patterns.map(({ text, exception }) => ({
      text,
      exception,
      test: pathTest(text),
      depth: text.split('/').length,
    }));
    this.#exceptions = patterns.filter(({ exception }) => exception).map(({ text }) => withoutTrailingWildcard(text));
    this.#wildExceptions = this.#exceptions.some((text) => wildcards.test(text));
  }

  get hasPatterns(): boolean {
    return this.#rules.length > 0;
  }

  get hasExceptions(): boolean {
    return this.#exceptions.length > 0;
  }

  /**
   * The verdict on a path, to be handed down when what is below it is judged. Without the parent's verdict every
   * directory above the path is looked at.
   * @throws {Fault} PATTERN_MALFORMED
   */
  judge(path: string, parent?: IgnoreVerdict): IgnoreVerdict {
    const matched = new Array<boolean>(this.#rules.length).fill(false);
    return { ignored: this.#evaluate(path, parent, matched), matched };
  }

  /**
   * Whether a path is left out; for files, where nobody needs the whole verdict.
   * @throws {Fault} PATTERN_MALFORMED
   */
  isIgnored(path: string, parent?: IgnoreVerdict): boolean {
    return this.#evaluate(path, parent, undefined);
  }

  /** Whether an exception may match something below an ignored directory; where it cannot, there is no need to walk it. */
  mayHoldExceptions(directory: string): boolean {
    if (!this.hasExceptions) return false;
    return this.#wildExceptions || this.#exceptions.some((text) => `${text}/`.startsWith(`${directory}/`));
  }

  /**
   * Whether a path, in any spelling, or a directory above it matches. The root itself never does.
   * @throws {Fault} PATTERN_MALFORMED
   */
  matchesOrParentMatches(path: string): boolean {
    const cleaned = cleanPath(path);
    return cleaned !== '.' && this.#evaluate(cleaned, undefined, undefined);
  }

  /**
   * The older rule, kept where BuildKit keeps it: of the directories above, only the one as deep as the pattern counts.
   * @throws {Fault} PATTERN_MALFORMED
   */
  matches(path: string): boolean {
    const cleaned = cleanPath(path);
    if (cleaned === '.') return false;
    const above = parentsOf(cleaned);
    let ignored = false;
    for (const rule of this.#rules) {
      if (rule.exception !== ignored) continue;
      const parent = above[rule.depth - 1];
      if (rule.test(cleaned) || (parent !== undefined && rule.test(parent))) ignored = !rule.exception;
    }
    return ignored;
  }

  #evaluate(path: string, parent: IgnoreVerdict | undefined, record: boolean[] | undefined): boolean {
    const above = parent === undefined ? parentsOf(path) : [];
    let ignored = false;
    for (const [index, rule] of this.#rules.entries()) {
      let match = parent?.matched[index] ?? false;
      if (!match) {
        if (rule.exception !== ignored) continue;
        match = rule.test(path) || above.some(rule.test);
      }
      if (record !== undefined) record[index] = match;
      if (match) ignored = !rule.exception;
    }
    return ignored;
  }
}

/** The directories above a path, the highest first. */
function parentsOf(path: string): readonly string[] {
  const parents: string[] = [];
  for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1))
    parents.push(path.slice(0, slash));
  return parents;
}

function withoutTrailingWildcard(pattern: string): string {
  return pattern.replace(/\/\*\*$/, '').replace(/\/\*$/, '');
}
