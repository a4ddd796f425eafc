import type { Dockerfile } from './dockerfile.ts';
import { expandWord } from './expand-word.ts';
import { familiarName } from './familiar-name.ts';
import type { StageInstruction } from './instruction.ts';
import { atPlace, placeFault, placeOf } from './source-place.ts';
import type { StageSource } from './stage.ts';

/** One `--from` of a COPY or a mount, and what it means. */
export interface StageReference {
  readonly text: string;
  readonly source: StageSource;
  readonly instruction: StageInstruction;
}

/** What the names in a Dockerfile can mean. */
export interface StageNames {
  readonly dockerfile: Dockerfile;
  /** Index by name; of two stages with one name, the later. */
  readonly byName: ReadonlyMap<string, number>;
  /** Named contexts as given, by familiar name. */
  readonly contexts: ReadonlyMap<string, string>;
}

/**
 * What an instruction reads from besides the context and its own stage.
 * @throws {Fault} DOCKERFILE_SYNTAX where a `--from` holds a variable
 * @throws {Fault} STAGE_UNKNOWN where a number is no stage's
 */
export function referencesOf(instruction: StageInstruction, names: StageNames): readonly StageReference[] {
  if (instruction.name === 'COPY' && instruction.from !== undefined) {
    const text = instruction.from;
    return [{ text, source: copySource(instruction, text, names), instruction }];
  }
  if (instruction.name !== 'RUN') return [];
  return instruction.mounts.flatMap(({ from }) =>
    from === undefined ? [] : [{ text: from, source: namedSource(from, names), instruction }],
  );
}

function copySource(instruction: StageInstruction, text: string, names: StageNames): StageSource {
  const unset = atPlace(place, () => expandWord(text, () => undefined, { escape: names.dockerfile.escape }).text, text);
  if (unset !== text) {
    const reason = 'variable expansion is not supported for --from';
    const hint = 'Define a stage with FROM and an ARG of the global scope, and name that stage in --from';
    throw placeFault(place(), { reason, near: text, hint });
  }
  if (!/^[+-]?\d+$/.test(text)) return namedSource(text, names);
  const index = Number(text);
  if (index >= 0 && index < names.dockerfile.stages.length) return { kind: 'stage', stage: index };
  const hint = `The Dockerfile has the stages 0 to ${names.dockerfile.stages.length - 1}`;
  throw placeFault(place(), { code: 'STAGE_UNKNOWN', reason: `invalid stage index ${index}`, near: text, hint });

  function place() {
    return placeOf(names.dockerfile, instruction);
  }
}

function namedSource(text: string, names: StageNames): StageSource {
  const stage = names.byName.get(text.toLowerCase());
  return stage === undefined ? outsideSource(text, names) : { kind: 'stage', stage };
}

/** What a name means that is no stage's. */
export function outsideSource(text: string, names: Pick<StageNames, 'contexts'>): StageSource {
  if (text === 'scratch') return { kind: 'scratch' };
  const context = contextOf(text, names);
  return context === undefined ? { kind: 'image', reference: text } : { kind: 'context', name: context };
}

/** The named context that a name stands for; `scratch` and `context` are never one. */
export function contextOf(text: string, { contexts }: Pick<StageNames, 'contexts'>): string | undefined {
  const lower = text.toLowerCase();
  return lower === 'scratch' || lower === 'context' ? undefined : contexts.get(familiarName(text));
}
