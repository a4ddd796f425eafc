import type { FaultCode } from '../errors/codes.ts';
import type { Written } from './instruction.ts';
import type { Node } from './node.ts';
import { type Place, placeFault } from './source-place.ts';
import { suggestion } from './suggestion.ts';
import { trimSpace } from './white-space.ts';

/** A node on its way to becoming an instruction. */
export interface InstructionRequest {
  /** In upper case. */
  readonly name: string;
  readonly node: Node;
  /** The arguments; those of an ONBUILD are its trigger's keyword and arguments. */
  readonly words: readonly string[];
  readonly place: Place;
}

export function requestOf(node: Node, place: Place): InstructionRequest {
  return { name: node.keyword.toUpperCase(), node, words: wordsOf(node), place };
}

function wordsOf(node: Node): readonly string[] {
  return node.arguments.flatMap((argument) =>
    argument.kind === 'word' ? [argument.value] : [argument.node.keyword, ...wordsOf(argument.node)],
  );
}

/** What every instruction keeps of the line it was written in. */
export function writtenOf({ node }: InstructionRequest): Written {
  return { location: node.location, original: trimSpace(node.original), comments: node.comments };
}

/** The fault of an instruction, pointing at a part of its text. Default code: `DOCKERFILE_SYNTAX`. */
export function refuse(
  request: InstructionRequest,
  reason: string,
  at?: string | { readonly near: string; readonly code: FaultCode },
) {
  const details = typeof at === 'string' ? { near: at } : at;
  return placeFault(request.place, { reason, ...details });
}

/**
 * The only argument.
 * @throws {Fault} DOCKERFILE_SYNTAX where there is none, or more than one
 */
export function onlyWord(request: InstructionRequest): string {
  const [word, ...others] = request.words;
  if (word === undefined || others.length > 0) throw refuse(request, `${request.name} requires exactly one argument`);
  return word;
}

/** @throws {Fault} DOCKERFILE_SYNTAX where there is no argument */
export function requireWords(request: InstructionRequest): readonly string[] {
  if (request.words.length === 0) throw refuse(request, `${request.name} requires at least one argument`);
  return request.words;
}

/** What a flag takes: one text, a text each time it is given, or true and false. */
export type FlagKind = 'text' | 'texts' | 'switch';

/** The flags of an instruction, by name; a switch has `true` or `false`. */
export type Flags = ReadonlyMap<string, readonly string[]>;

/**
 * Reads the flags of an instruction.
 * @throws {Fault} DOCKERFILE_FLAG_UNKNOWN for one that the instruction does not have
 * @throws {Fault} DOCKERFILE_SYNTAX where a value is missing or wrong, or a flag that counts once comes twice
 */
export function parseFlags(request: InstructionRequest, kinds: Readonly<Record<string, FlagKind>> = {}): Flags {
  const flags = new Map<string, readonly string[]>();
  for (const written of request.node.flags) {
    const [, name = '', value] = /^--([^=]*)(?:=(.*))?$/s.exec(written) ?? [];
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (kind === undefined) {
      const meant = suggestion(name, Object.keys(kinds));
      throw refuse(request, `unknown flag: --${name}${meant}`, { near: `--${name}`, code: 'DOCKERFILE_FLAG_UNKNOWN' });
    }
    const before = flags.get(name) ?? [];
    if (before.length > 0 && kind !== 'texts')
      throw refuse(request, `duplicate flag specified: --${name}`, `--${name}`);
    flags.set(name, [...before, flagValue(request, { name, kind, value })]);
  }
  return flags;
}

function flagValue(
  request: InstructionRequest,
  { name, kind, value }: { readonly name: string; readonly kind: FlagKind; readonly value: string | undefined },
): string {
  if (kind !== 'switch') {
    if (value === undefined) throw refuse(request, `missing a value on flag: --${name}`, `--${name}`);
    return value;
  }
  if (value === '') throw refuse(request, `missing a value on flag: --${name}`, `--${name}`);
  const lower = value?.toLowerCase() ?? 'true';
  if (lower === 'true' || lower === 'false') return lower;
  throw refuse(request, `expecting boolean value for flag --${name}, not: ${value ?? ''}`, `--${name}`);
}

/** The value of a flag that was given and is not empty. */
export function flagText(flags: Flags, name: string): string | undefined {
  const value = flags.get(name)?.[0];
  return value === '' ? undefined : value;
}

/** The values of a flag that may be repeated. */
export function flagTexts(flags: Flags, name: string): readonly string[] {
  return flags.get(name) ?? [];
}

/** The value of a switch; `undefined` where it is not given. */
export function flagSwitch(flags: Flags, name: string): boolean | undefined {
  const value = flags.get(name)?.[0];
  return value === undefined ? undefined : value === 'true';
}
