import type { Instruction } from '../dockerfile/instruction.ts';
import type { ResolvedStages } from '../dockerfile/resolve-stages.ts';
import type { StageSource } from '../dockerfile/stage.ts';

/**
 * What a Dockerfile says for one target, as text: equal where nothing but comments, blank lines, the spelling of instructions
 * and stages that the target does not need differ.
 */
export function canonicalDockerfile({ dockerfile, stages }: ResolvedStages): string {
  const places = new Map(stages.map(({ stage }, place) => [stage.index, place]));
  return JSON.stringify({
    // The program that reads the file. `# escape` is spent in parsing, and `# check` decides no byte.
    syntax: dockerfile.directives.filter(({ name }) => name === 'syntax').map(({ value }) => value),
    globals: dockerfile.metaArgs.map(bare),
    stages: stages.map(({ base, platform, platformKind, instructions, sources }) => ({
      base: placed(base, places),
      platform: platformKind === 'build' ? 'build' : (platform ?? 'target'),
      instructions: instructions.map(bare),
      sources: [...sources].map(([text, source]) => [text, placed(source, places)]),
    })),
  });
}

/** An instruction without the place and the way it was written. */
function bare({ location: _location, original: _original, comments: _comments, ...said }: Instruction): object {
  return said;
}

/** Stages are named by their place among those that are needed. */
function placed(source: StageSource, places: ReadonlyMap<number, number>): StageSource {
  return source.kind === 'stage' ? { kind: 'stage', stage: places.get(source.stage) ?? -1 } : source;
}
