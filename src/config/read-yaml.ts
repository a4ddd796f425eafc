import { LineCounter, parseDocument } from 'yaml';
import type { ConfigPath } from './check-written.ts';
import type { ConfigProblem } from './config-problem.ts';
import type { SchemaNode } from './schema-node.ts';
import { type Range, YamlReader } from './yaml-reader.ts';

const maxLength = 1024 * 1024;

/** Where a problem stands. */
export type ConfigPlace = Omit<ConfigProblem, 'text' | 'allowed'>;

/** A YAML text as plain values, with the place of each. */
export interface ReadYaml {
  /** Undefined where the text is empty, or has problems that leave no value. */
  readonly value: unknown;
  readonly problems: readonly ConfigProblem[];
  /** The place of a key or of its value; that of the nearest one above where there is none. */
  readonly placeOf: (path: ConfigPath, at: 'key' | 'value') => ConfigPlace;
}

/**
 * Reads YAML 1.2 as a schema wants it: where plain text is meant, `1.10` and `true` are what is written. Aliases and
 * merge keys (`<<`) are followed, within limits that stop an alias bomb; keys that begin with `x-` at the root are left out.
 */
export function readYaml(text: string, schema: SchemaNode): ReadYaml {
  const counter = new LineCounter();
  if (text.length > maxLength) {
    const what = `the file has ${text.length} characters, expected at most ${maxLength}`;
    return { value: undefined, problems: [{ text: what, ...firstPlace }], placeOf: () => firstPlace };
  }
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false, uniqueKeys: false });
  function placeAt(range: Range): ConfigPlace {
    return placeIn(counter, range, text.length);
  }
  const faults = [...document.errors, ...document.warnings].map(({ code, message, pos: [start, end] }) => ({
    text: wordError(code, message, text.slice(start, end)),
    ...placeAt({ start, end }),
  }));
  const reader = new YamlReader();
  const value = faults.length > 0 ? undefined : reader.read(document.contents, schema);
  const found = reader.problems.map(({ text: what, range }) => ({ text: what, ...placeAt(range) }));
  return {
    value,
    problems: [...faults, ...found],
    placeOf: (path, at) => placeAt(reader.rangeOf(path, at)),
  };
}

const firstPlace: ConfigPlace = { line: 1, column: 1, length: 1 };

function placeIn(counter: LineCounter, { start, end }: Range, textLength: number): ConfigPlace {
  const { line, col } = counter.linePos(start);
  const lineEnd = (counter.lineStarts[line] ?? textLength + 1) - 1;
  return { line: Math.max(1, line), column: Math.max(1, col), length: Math.max(1, Math.min(end, lineEnd) - start) };
}

/** The library's messages in the words of a user who may not know YAML's grammar. */
function wordError(code: string, message: string, near: string): string {
  switch (code) {
    case 'TAB_AS_INDENT':
      return 'a tab indents this line, expected spaces';
    case 'MULTIPLE_DOCS':
      return 'a second document begins here, expected one';
    case 'BLOCK_AS_IMPLICIT_KEY':
      return 'a second ": " stands on this line; a value that holds ": " is put in quotes';
    case 'BAD_SCALAR_START':
      return `a value cannot begin with "${near.slice(0, 1)}"; put it in quotes`;
    case 'TAG_RESOLVE_FAILED':
      return `the tag "${near.split(/\s/)[0] ?? ''}" has no meaning here`;
    default:
      return message.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase()).replace(/;? please use .*$/, '');
  }
}
