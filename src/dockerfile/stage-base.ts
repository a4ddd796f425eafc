import type { Dockerfile } from './dockerfile.ts';
import { type Expansion, expandWord } from './expand-word.ts';
import { type BuildInputs, globalScope } from './global-scope.ts';
import { atPlace, placeFault, placeOf } from './source-place.ts';
import type { ResolvedStage, Stage } from './stage.ts';
import { suggestion } from './suggestion.ts';

/** What the FROM of a stage says, variables expanded. */
export interface StageBase {
  readonly name: string;
  readonly platform?: string;
  readonly platformKind: ResolvedStage['platformKind'];
}

/**
 * Expands every FROM of a Dockerfile, those that the target does not need too.
 * @throws {Fault} DOCKERFILE_EXPANSION, DOCKERFILE_SYNTAX where a base or a platform comes out empty
 */
export function stageBases(
  dockerfile: Dockerfile,
  inputs: BuildInputs,
  globals: ReadonlyMap<string, string>,
): readonly StageBase[] {
  const probes = probeScope(dockerfile, inputs);
  return dockerfile.stages.map((stage) => {
    const name = expandFrom(dockerfile, stage, { word: stage.from.base, scope: globals }).text;
    if (name === '') {
      const reason = `base name (${stage.from.base}) should not be blank`;
      const hint = 'Give the variable a default in an ARG before the first FROM, or pass it with --build-arg';
      throw placeFault(placeOf(dockerfile, stage.from), { reason, near: stage.from.base, hint });
    }
    const word = stage.from.platform;
    if (word === undefined) return { name, platformKind: 'target' };
    const platform = expandFrom(dockerfile, stage, { word, scope: globals });
    if (platform.text === '') throw emptyPlatform(dockerfile, stage, { word, platform, globals });
    const probe = expandFrom(dockerfile, stage, { word, scope: probes }).text;
    return { name, platform: platform.text, platformKind: kindOf(probe) };
  });
}

function expandFrom(
  dockerfile: Dockerfile,
  stage: Stage,
  { word, scope }: { readonly word: string; readonly scope: ReadonlyMap<string, string> },
): Expansion {
  return atPlace(
    () => placeOf(dockerfile, stage.from),
    () => expandWord(word, (name) => scope.get(name), { escape: dockerfile.escape }),
    word,
  );
}

function emptyPlatform(
  dockerfile: Dockerfile,
  stage: Stage,
  found: { readonly word: string; readonly platform: Expansion; readonly globals: ReadonlyMap<string, string> },
) {
  const meant = [...found.platform.unmatched].map((name) => suggestion(name, found.globals.keys()));
  const reason = `empty platform value from expression ${found.word}${meant.find((text) => text !== '') ?? ''}`;
  return placeFault(placeOf(dockerfile, stage.from), { reason, near: found.word });
}

const targetProbe = '\u0001';
const buildProbe = '\u0002';

/** The globals with marks in place of the platforms, so that what a FROM makes of them tells which it looked at. */
function probeScope(dockerfile: Dockerfile, inputs: BuildInputs): ReadonlyMap<string, string> {
  const marks: Record<string, string> = {};
  for (const name of Object.keys(inputs.platformArgs)) {
    marks[name] = name.startsWith('BUILD') ? buildProbe : targetProbe;
  }
  return globalScope(dockerfile, { ...inputs, platformArgs: marks });
}

function kindOf(probe: string): ResolvedStage['platformKind'] {
  if (probe.includes(targetProbe)) return 'target';
  return probe.includes(buildProbe) ? 'build' : 'fixed';
}
