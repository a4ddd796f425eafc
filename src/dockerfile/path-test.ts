import { malformedPattern } from './filepath-match.ts';

/** Whether a path matches one pattern. */
export type PathTest = (path: string) => boolean;

/**
 * The test for a clean pattern of .dockerignore: beyond `filepathMatch`, `**` stands for any number of directories. Most
 * patterns are plain paths, prefixes or suffixes and need no regular expression; the others are compiled when first used.
 * The test throws PATTERN_MALFORMED where the pattern turns out to have no meaning.
 */
export function pathTest(pattern: string): PathTest {
  const { kind, expression } = translate(pattern);
  switch (kind) {
    case 'exact':
      return (path) => path === pattern;
    case 'prefix': {
      const prefix = pattern.slice(0, -2);
      return (path) => path.startsWith(prefix);
    }
    case 'suffix': {
      const suffix = pattern.slice(2);
      const whole = suffix.startsWith('/') ? suffix.slice(1) : undefined;
      return (path) => path.endsWith(suffix) || path === whole;
    }
    case 'expression': {
      let compiled: RegExp | undefined;
      return (path) => {
        compiled ??= compile(pattern, expression);
        return compiled.test(path);
      };
    }
  }
}

interface Translation {
  readonly kind: 'exact' | 'prefix' | 'suffix' | 'expression';
  /** In the syntax of Go's regular expressions; only of use for `expression`. */
  readonly expression: string;
}

interface Step {
  readonly text: string;
  /** What the pattern is from here on; absent: what it was. */
  readonly kind?: Translation['kind'];
  readonly end: number;
}

function translate(pattern: string): Translation {
  const characters = Array.from(pattern);
  let expression = '^';
  let kind: Translation['kind'] = 'exact';
  for (let position = 0; position < characters.length; ) {
    const step = translateAt(characters, position, kind);
    expression += step.text;
    kind = step.kind ?? kind;
    position = step.end;
  }
  return { kind, expression: `${expression}$` };
}

function translateAt(characters: readonly string[], position: number, kind: Translation['kind']): Step {
  const character = characters[position] ?? '';
  const next = characters[position + 1];
  if (character === '*' && next === '*') return doubleStar(characters, position, kind);
  if (character === '*') return { text: '[^/]*', kind: 'expression', end: position + 1 };
  if (character === '?') return { text: '[^/]', kind: 'expression', end: position + 1 };
  if (character === '[' || character === ']') return { text: character, kind: 'expression', end: position + 1 };
  if (/^[.+()|{}$]$/.test(character)) return { text: `\\${character}`, end: position + 1 };
  if (character !== '\\') return { text: character, end: position + 1 };
  if (next === undefined) return { text: '\\', end: position + 1 };
  return { text: `\\${next}`, kind: 'expression', end: position + 2 };
}

function doubleStar(characters: readonly string[], position: number, kind: Translation['kind']): Step {
  const end = characters[position + 2] === '/' ? position + 3 : position + 2;
  if (end < characters.length) return { text: '(.*/)?', kind: position === 0 ? 'suffix' : 'expression', end };
  if (position === 0) return { text: '', kind: 'suffix', end };
  return kind === 'exact' ? { text: '', kind: 'prefix', end } : { text: '.*', kind: 'expression', end };
}

/** What a backslash and a letter mean in Go's regular expressions, written for JavaScript's; others are a fault. */
const classes: Readonly<Record<string, string>> = {
  a: '\\x07',
  b: '\\b',
  B: '\\B',
  d: '\\d',
  D: '\\D',
  f: '\\f',
  n: '\\n',
  r: '\\r',
  s: '[\\t\\n\\f\\r ]',
  S: '[^\\t\\n\\f\\r ]',
  t: '\\t',
  v: '\\v',
  w: '\\w',
  W: '\\W',
  A: '^',
  z: '$',
};

/** BuildKit hands such patterns to Go's regular expressions as they are, with the meaning those give to `\d` or `^`. */
function compile(pattern: string, expression: string): RegExp {
  try {
    return new RegExp(toJavaScript(expression, pattern), 'u');
  } catch (error) {
    if (error instanceof SyntaxError) throw malformedPattern(pattern, 'match paths against');
    throw error;
  }
}

function toJavaScript(expression: string, pattern: string): string {
  const characters = Array.from(expression);
  let result = '';
  let inClass = false;
  for (let position = 0; position < characters.length; position++) {
    const character = characters[position] ?? '';
    if (character === '\\') result += escaped(characters[++position], pattern);
    else if (inClass) {
      inClass = character !== ']';
      result += character === '[' ? '\\[' : character;
    } else if (character === '[') {
      const head = classHead(characters, position);
      result += head.text;
      position = head.end - 1;
      inClass = true;
    } else result += outside(character);
  }
  return result;
}

function outside(character: string): string {
  if (character === '.') return '[^\\n]';
  return character === ']' ? '\\]' : character;
}

/** The start of a class; a `]` right there is one of its members. */
function classHead(characters: readonly string[], start: number): { readonly text: string; readonly end: number } {
  const negated = characters[start + 1] === '^';
  const first = start + (negated ? 2 : 1);
  const sign = negated ? '[^' : '[';
  return characters[first] === ']' ? { text: `${sign}\\]`, end: first + 1 } : { text: sign, end: first };
}

function escaped(character: string | undefined, pattern: string): string {
  if (character === undefined) throw malformedPattern(pattern, 'match paths against');
  if (/^[A-Za-z0-9]$/.test(character)) {
    const meaning = Object.hasOwn(classes, character) ? classes[character] : undefined;
    if (meaning === undefined) throw malformedPattern(pattern, 'match paths against');
    return meaning;
  }
  return /^[\^$\\.*+?()[\]{}|/-]$/.test(character) ? `\\${character}` : character;
}
