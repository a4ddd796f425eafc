import { goQuote } from './go-quote.ts';
import { jsonWords } from './json-words.ts';
import { quotedWords } from './quoted-words.ts';

/** The words of an instruction, split by the rules of its keyword, or why they cannot be. */
export type Words =
  | { readonly words: readonly string[]; readonly json: boolean; readonly problem?: never }
  | { readonly problem: string; readonly near?: string };

type Splitter = (rest: string, escape: string) => Words;

const separator = /[\t\v\f\r ]+/;

/** How each instruction splits what stands behind its flags; ONBUILD holds an instruction of its own and is not here. */
const splitters: Readonly<Record<string, Splitter>> = {
  add: jsonOrList,
  arg: (rest, escape) => plain(quotedWords(rest, escape)),
  cmd: jsonOrText,
  copy: jsonOrList,
  entrypoint: jsonOrText,
  env: (rest, escape) => keyValues('ENV', rest, escape),
  expose: list,
  from: list,
  healthcheck: typeAndCommand,
  label: (rest, escape) => keyValues('LABEL', rest, escape),
  maintainer: text,
  run: jsonOrText,
  shell: jsonOrText,
  stopsignal: text,
  user: text,
  volume: jsonOrList,
  workdir: text,
};

/** Splits the rest of an instruction line. A word that is no instruction gets one empty argument; it fails later. */
export function splitArguments(keyword: string, rest: string, escape: string): Words {
  const name = keyword.toLowerCase();
  const splitter = Object.hasOwn(splitters, name) ? splitters[name] : undefined;
  return splitter === undefined ? plain(['']) : splitter(rest, escape);
}

function plain(words: readonly string[]): Words {
  return { words, json: false };
}

function text(rest: string): Words {
  return plain(rest === '' ? [] : [rest]);
}

function list(rest: string): Words {
  return plain(rest === '' ? [] : rest.split(separator));
}

function jsonOrText(rest: string): Words {
  return jsonWords(rest) ?? text(rest);
}

function jsonOrList(rest: string): Words {
  return jsonWords(rest) ?? list(rest);
}

/** HEALTHCHECK: the type, then a command. */
function typeAndCommand(rest: string): Words {
  const [type = ''] = /^[^\t\n\v\f\r ]*/.exec(rest) ?? [];
  if (type === '') return plain([]);
  const command = jsonOrText(rest.slice(type.length).replace(/^[\t\n\v\f\r ]+/, ''));
  if (command.problem !== undefined) return command;
  return { words: [type, ...command.words], json: command.json };
}

/** ENV and LABEL: three words a pair, the key, the value and `=`, which is empty in the old form `KEY value`. */
function keyValues(name: string, rest: string, escape: string): Words {
  const words = quotedWords(rest, escape);
  const [first] = words;
  if (first === undefined) return plain([]);
  if (!first.includes('=')) {
    const match = separator.exec(rest);
    if (match === null) return { problem: `${name} must have two arguments` };
    return plain([rest.slice(0, match.index), rest.slice(match.index + match[0].length), '']);
  }
  const loose = words.find((word) => !word.includes('='));
  if (loose !== undefined) {
    return {
      problem: `Syntax error - can't find = in ${goQuote(loose)}. Must be of the form: name=value`,
      near: loose,
    };
  }
  return plain(words.flatMap((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1), '=']));
}
