import { Buffer } from 'node:buffer';
import { type Directive, DirectiveReader } from './directives.ts';
import { heredocsOfLine } from './heredoc.ts';
import type { Heredoc, Node, NodeArgument, SourceLocation } from './node.ts';
import { splitArguments } from './node-arguments.ts';
import { atPlace, placeFault, sourceLines } from './source-place.ts';
import { splitCommand } from './split-command.ts';
import { trimLineBreak, trimSpace, trimSpaceStart } from './white-space.ts';

/** Something that BuildKit accepts but tells of. */
export interface ParseWarning {
  readonly message: string;
  readonly location: SourceLocation;
}

/** A Dockerfile line by line, before the instructions are understood. */
export interface ParsedLines {
  readonly nodes: readonly Node[];
  readonly escape: '\\' | '`';
  readonly directives: readonly Directive[];
  readonly warnings: readonly ParseWarning[];
}

/** The longest line that is read, in bytes. */
const longestLine = 65535;
const continuations = { '\\': /(^|[^\\])\\[ \t]*$/, '`': /(^|[^`])`[ \t]*$/ };

/**
 * Splits a Dockerfile into instruction lines: joins continuation lines, keeps the comments above, reads heredocs.
 * @throws {Fault} DOCKERFILE_SYNTAX where a line cannot be split, a heredoc has no end or nothing is in the file
 */
export function parseLines(source: string, file = 'Dockerfile'): ParsedLines {
  return new LineParser(source, file).run();
}

class LineParser {
  readonly #file: string;
  readonly #lines: readonly string[];
  readonly #shown: readonly string[];
  readonly #directives = new DirectiveReader();
  readonly #nodes: Node[] = [];
  readonly #warnings: ParseWarning[] = [];
  #escape: '\\' | '`' = '\\';
  #comments: string[] = [];
  /** How many lines have been read. */
  #read = 0;
  #tooLong = false;

  constructor(source: string, file: string) {
    this.#file = file;
    this.#lines = source.replace(/^\uFEFF/, '').match(/[^\n]*\n|[^\n]+$/g) ?? [];
    this.#shown = sourceLines(source);
  }

  run(): ParsedLines {
    for (let line = this.#nextLine(); line !== undefined; line = this.#nextLine()) this.#instruction(line);
    if (this.#nodes.length === 0) throw this.#fault({ startLine: 1, endLine: 1 }, 'file with no instructions');
    if (this.#tooLong) {
      const location = { startLine: this.#read + 1, endLine: this.#read + 1 };
      throw this.#fault(location, `dockerfile line greater than max allowed size of ${longestLine}`);
    }
    return {
      nodes: this.#nodes,
      escape: this.#escape,
      directives: this.#directives.found,
      warnings: this.#warnings,
    };
  }

  /** The next line with its line break; a line that is too long ends the file there and then. */
  #nextLine(): string | undefined {
    const line = this.#lines[this.#read];
    if (line === undefined || this.#tooLong) return undefined;
    if (line.length * 3 > longestLine && Buffer.byteLength(line.replace(/\n$/, '')) > longestLine) {
      this.#tooLong = true;
      return undefined;
    }
    this.#read++;
    return line;
  }

  #instruction(line: string): void {
    const text = trimSpaceStart(trimLineBreak(line));
    if (this.#directive(text)) return;
    if (text.startsWith('#')) {
      const comment = trimSpace(line.slice(1));
      this.#comments = comment === '' ? [] : [...this.#comments, comment];
      return;
    }
    if (text === '') return;
    const startLine = this.#read;
    const original = this.#joined(text);
    const location = { startLine, endLine: this.#read };
    const node = this.#node(original, location, this.#comments);
    const heredocs = this.#heredocs(node, location);
    this.#nodes.push({ ...node, heredocs, location: { startLine, endLine: this.#read } });
    this.#comments = [];
  }

  #directive(text: string): boolean {
    const { directive, problem } = this.#directives.read(text);
    const location = { startLine: this.#read, endLine: this.#read };
    if (problem !== undefined) throw this.#fault(location, problem);
    if (directive?.name !== 'escape') return directive !== undefined;
    if (directive.value !== '\\' && directive.value !== '`') {
      throw this.#fault(location, `invalid escape token '${directive.value}' does not match \` or \\`, directive.value);
    }
    this.#escape = directive.value;
    return true;
  }

  /** The line with those that continue it; comments among them are dropped, empty lines are too, with a warning. */
  #joined(first: string): string {
    let { text, open } = this.#withoutContinuation(first);
    let empty = false;
    while (open) {
      const line = this.#nextLine();
      if (line === undefined) break;
      const content = trimLineBreak(line);
      const start = trimSpaceStart(content);
      if (start === '') empty = true;
      if (start === '' || start.startsWith('#')) continue;
      const part = this.#withoutContinuation(content);
      text += part.text;
      open = part.open;
    }
    if (empty) {
      const location = { startLine: this.#read, endLine: this.#read };
      this.#warnings.push({ message: `Empty continuation line found in: ${text}`, location });
    }
    return text;
  }

  #withoutContinuation(text: string): { text: string; open: boolean } {
    const continuation = continuations[this.#escape];
    return continuation.test(text) ? { text: text.replace(continuation, '$1'), open: true } : { text, open: false };
  }

  #node(original: string, location: SourceLocation, comments: readonly string[]): Node {
    const { keyword, flags, rest } = splitCommand(original, this.#escape);
    const split =
      keyword.toLowerCase() === 'onbuild'
        ? { arguments: this.#trigger(rest, location), json: false }
        : this.#words(keyword, rest, location);
    return { keyword, flags, ...split, heredocs: [], original, location, comments };
  }

  #trigger(rest: string, location: SourceLocation): readonly NodeArgument[] {
    if (rest === '') return [];
    if (/^(?:onbuild[\t\v\f\r ]+){20}/i.test(rest)) {
      throw this.#fault(location, "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
    }
    return [{ kind: 'node', node: this.#node(rest, location, []) }];
  }

  #words(keyword: string, rest: string, location: SourceLocation): Pick<Node, 'arguments' | 'json'> {
    const split = splitArguments(keyword, rest, this.#escape);
    if (split.problem !== undefined) throw this.#fault(location, split.problem, split.near);
    return { arguments: split.words.map((value) => ({ kind: 'word', value })), json: split.json };
  }

  #heredocs(node: Node, location: SourceLocation): readonly Heredoc[] {
    if (!node.original.includes('<<') || !mayHoldHeredocs(node)) return [];
    const place = { file: this.#file, lines: this.#shown, location };
    return atPlace(place, () => heredocsOfLine(node.original)).map((opening) => {
      const content = this.#body(opening.name, opening.chomp);
      if (content === undefined) throw this.#fault(location, 'unterminated heredoc', opening.name);
      return { ...opening, content };
    });
  }

  #body(delimiter: string, chomp: boolean): string | undefined {
    const lines: string[] = [];
    for (let line = this.#nextLine(); line !== undefined; line = this.#nextLine()) {
      const text = trimLineBreak(line);
      if ((chomp ? text.replace(/^\t+/, '') : text) === delimiter) return lines.join('');
      lines.push(line);
    }
    return undefined;
  }

  #fault(location: SourceLocation, reason: string, near?: string) {
    const place = { file: this.#file, lines: this.#shown, location };
    return placeFault(place, { reason, ...(near === undefined ? {} : { near }) });
  }
}

const heredocInstructions = new Set(['add', 'copy', 'run']);

function mayHoldHeredocs(node: Node): boolean {
  const [first] = node.arguments;
  const inner = node.keyword.toLowerCase() === 'onbuild' && first?.kind === 'node' ? first.node : node;
  return heredocInstructions.has(inner.keyword.toLowerCase()) && !inner.json;
}
