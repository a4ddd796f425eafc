import { trimSpace, trimSpaceStart } from './white-space.ts';

/** A parser directive: `# syntax=`, `# escape=` or `# check=` at the very top. */
export interface Directive {
  readonly name: 'syntax' | 'escape' | 'check';
  readonly value: string;
  /** 1-based. */
  readonly line: number;
}

const form = /^([a-zA-Z][a-zA-Z0-9]*)[\t\f\r ]*=[\t\f\r ]*([^\t\f\r ].*)$/s;

/**
 * Takes the lines of a file one by one and finds the directives among them. The first line that is none ends them:
 * what looks like one further down is a comment. https://docs.docker.com/reference/dockerfile/#parser-directives
 */
export class DirectiveReader {
  readonly #found: Directive[] = [];
  #line = 0;
  #done = false;

  get found(): readonly Directive[] {
    return this.#found;
  }

  /** Reads the next line, white space at its start removed; tells what is wrong where a directive comes twice. */
  read(text: string): { readonly directive?: Directive; readonly problem?: string } {
    this.#line++;
    if (this.#done) return {};
    const match = text.startsWith('#') ? form.exec(trimSpaceStart(text.slice(1))) : null;
    const name = match?.[1]?.toLowerCase() ?? '';
    if (!isDirectiveName(name)) {
      this.#done = true;
      return {};
    }
    if (this.#found.some((earlier) => earlier.name === name)) {
      return { problem: `only one ${name} parser directive can be used` };
    }
    const directive = { name, value: trimSpace(match?.[2] ?? ''), line: this.#line };
    this.#found.push(directive);
    return { directive };
  }
}

function isDirectiveName(name: string): name is Directive['name'] {
  return name === 'syntax' || name === 'escape' || name === 'check';
}
