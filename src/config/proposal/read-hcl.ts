/** A value of HCL; `undefined` stands for what is only known when it is evaluated: calls, conditions, loops. */
export type HclValue = string | number | boolean | null | readonly HclValue[] | HclObject | undefined;

export interface HclObject {
  readonly [key: string]: HclValue;
}

/** One block: `target "app" { … }`. */
export interface HclBlock {
  readonly type: string;
  readonly label: string;
  readonly body: HclObject;
}

const token =
  /\s+|#[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\/|<<-?(\w+)\n[\s\S]*?\n\s*\1\b|"(?:\\.|\$\{[^}]*\}|[^"\\])*"|[A-Za-z_][\w.-]*|-?\d+(?:\.\d+)?|./gy;

/**
 * Reads the blocks of an HCL text as far as they are plain values; variables are replaced by their defaults. It never
 * faults: what it does not understand is `undefined`.
 *
 * @see https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md
 */
export function readHcl(text: string): readonly HclBlock[] {
  const reader = new HclReader(tokensOf(text));
  return reader.blocks();
}

function tokensOf(text: string): readonly string[] {
  return [...text.matchAll(token)].map(([word]) => word).filter((word) => !/^(?:\s|#|\/\/|\/\*)/.test(word));
}

class HclReader {
  readonly #tokens: readonly string[];
  readonly #variables = new Map<string, HclValue>();
  #at = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  blocks(): readonly HclBlock[] {
    const blocks: HclBlock[] = [];
    while (this.#at < this.#tokens.length) {
      const block = this.#block();
      if (block === undefined) continue;
      const { default: value } = block.body;
      if (block.type === 'variable') this.#variables.set(block.label, value);
      else blocks.push(block);
    }
    return blocks;
  }

  #next(): string {
    this.#at += 1;
    return this.#tokens[this.#at - 1] ?? '';
  }

  #peek(): string {
    return this.#tokens[this.#at] ?? '';
  }

  /** A block, or undefined where something else was stepped over. */
  #block(): HclBlock | undefined {
    const type = this.#next();
    if (!/^[A-Za-z_]/.test(type)) return undefined;
    if (this.#peek() === '=') {
      this.#next();
      this.#variables.set(type, this.#value());
      return undefined;
    }
    const label = this.#peek().startsWith('"') ? unquote(this.#next()) : '';
    if (this.#peek() !== '{') return undefined;
    return { type, label, body: this.#object() };
  }

  #object(): HclObject {
    const entries: (readonly [string, HclValue])[] = [];
    this.#next();
    while (this.#at < this.#tokens.length && this.#peek() !== '}') {
      const key = unquote(this.#next());
      if (this.#peek() === '=' || this.#peek() === ':') {
        this.#next();
        entries.push([key, this.#value()]);
      } else if (this.#peek() === '{') this.#object();
      if (this.#peek() === ',') this.#next();
    }
    this.#next();
    return Object.fromEntries(entries);
  }

  #list(): readonly HclValue[] {
    const items: HclValue[] = [];
    this.#next();
    while (this.#at < this.#tokens.length && this.#peek() !== ']') {
      items.push(this.#value());
      if (this.#peek() === ',') this.#next();
    }
    this.#next();
    return items;
  }

  #value(): HclValue {
    const word = this.#peek();
    if (word === '{') return this.#object();
    if (word === '[') return this.#list();
    this.#next();
    const value = this.#plain(word);
    return this.#skipsOperation() ? undefined : value;
  }

  #plain(word: string): HclValue {
    if (word.startsWith('"')) return this.#expand(unquote(word));
    if (/^-?\d/.test(word)) return Number(word);
    if (word === 'true' || word === 'false') return word === 'true';
    if (word === 'null') return null;
    return this.#variables.get(word);
  }

  /** Steps over the rest of a call, a condition or a sum, whose value is not known here. */
  #skipsOperation(): boolean {
    if (!['(', '?', '+', '&', '|', '!', '<', '>', '*', '['].includes(this.#peek())) return false;
    let depth = 0;
    while (this.#at < this.#tokens.length) {
      const word = this.#peek();
      if (depth === 0 && this.#endsValue()) break;
      if (word === '(' || word === '[' || word === '{') depth += 1;
      if (word === ')' || word === ']' || word === '}') depth -= 1;
      this.#next();
    }
    return true;
  }

  /** Whether the next token belongs to what comes after a value: a bracket that closes, a comma, or `name =`. */
  #endsValue(): boolean {
    if ([',', ']', '}', ')'].includes(this.#peek())) return true;
    return /^[A-Za-z_]/.test(this.#peek()) && ['=', '{'].includes(this.#tokens[this.#at + 1] ?? '');
  }

  /** Text with its variables replaced; undefined where one is not known. */
  #expand(text: string): string | undefined {
    const expanded = text.replace(/\$\{([^}]*)\}/g, (whole, expression: string) => {
      const value = this.#variables.get(expression.trim());
      return typeof value === 'string' || typeof value === 'number' ? String(value) : whole;
    });
    return expanded.includes('${') ? undefined : expanded;
  }
}

function unquote(word: string): string {
  return word.startsWith('"') ? word.slice(1, -1).replace(/\\(.)/g, '$1') : word;
}
