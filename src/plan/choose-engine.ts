import type { ImageConfig } from '../config/config.ts';
import { Fault } from '../errors/fault.ts';
import type { BuilderFacts } from './builder-facts.ts';
import { createWorkReader } from './cell-runs.ts';
import type { EngineFacts, Facts } from './facts.ts';
import type { CellDraft } from './qualify-builders.ts';

/** What the user asks for; `auto` is BuildKit where something needs it, else the embedded engine. */
export type EngineChoice = 'auto' | 'embedded' | 'buildkit';

/** Named contexts that the embedded engine cannot fetch. */
const remoteContext = /^(?:https?|git|ssh):\/\/|^git@/i;

/**
 * What of the cells the embedded engine cannot do, as a clause: `line 3 of Dockerfile runs a command`; `undefined` where
 * it can build them all.
 *
 * @throws {Fault} what is wrong with a Dockerfile
 */
export function findBuildkitNeed(
  drafts: readonly CellDraft[],
  facts: Pick<Facts, 'dockerfiles' | 'root' | 'hostPlatform'>,
): string | undefined {
  const readWork = createWorkReader(facts);
  for (const { cell } of drafts) {
    const { recipe, platform } = cell;
    const { runs, gitLine } = readWork(recipe, { platform, buildPlatform: facts.hostPlatform });
    const file = recipe.dockerfile.slice(recipe.dockerfile.lastIndexOf('/') + 1);
    if (runs[0] !== undefined) return `line ${runs[0].line} of ${file} runs a command`;
    if (gitLine !== undefined) return `line ${gitLine} of ${file} adds a git repository`;
    const context = Object.entries(recipe.contexts).find(([, source]) => remoteContext.test(source));
    if (context !== undefined) return `the context "${context[0]}" is fetched from elsewhere`;
    if (isAsked(recipe.sbom)) return 'a bill of materials is asked for';
    if (isAsked(recipe.provenance)) return 'provenance is asked for';
  }
  return undefined;
}

function isAsked(attestation: ImageConfig['sbom']): boolean {
  return attestation !== undefined && attestation !== 'false';
}

export interface EngineCircumstances {
  readonly choice: EngineChoice;
  /** What `findBuildkitNeed` found. */
  readonly need: string | undefined;
  /** As probed; none where nothing was. */
  readonly builders: readonly BuilderFacts[];
}

/** Whether builders must be probed at all: that takes time, and a daemon is woken by it. */
export function wantsBuilders({ choice, need }: Omit<EngineCircumstances, 'builders'>): boolean {
  return choice === 'buildkit' || (choice === 'auto' && need !== undefined);
}

/** The engine of a run, and why. @throws {Fault} ENGINE_UNAVAILABLE */
export function chooseEngine({ choice, need, builders }: EngineCircumstances): EngineFacts {
  if (choice === 'embedded') return { name: 'embedded', reason: 'Asked for with --engine embedded' };
  if (!wantsBuilders({ choice, need }))
    return { name: 'embedded', reason: 'No command has to be run, and the embedded engine needs no daemon' };
  const usable = builders.filter(({ state }) => state === 'ready' || state === 'missing');
  const why = choice === 'buildkit' ? 'BuildKit is asked for' : (need ?? '');
  if (usable.length === 0) throw unavailable(choice === 'buildkit' ? why : `${why}, which needs BuildKit`, builders);
  const sentence = `${why.charAt(0).toUpperCase()}${why.slice(1)}`;
  const names = usable.map(({ name }) => `"${name}"`).join(', ');
  return { name: 'buildkit', reason: `${sentence}, and BuildKit is there: ${names}` };
}

function unavailable(why: string, builders: readonly BuilderFacts[]): Fault {
  const tried = builders.map(({ name, problem }) => problem?.message ?? `"${name}" cannot be used`);
  const hints = builders.flatMap(({ problem }) => problem?.hint ?? []);
  const [reason = 'no builder was found', ...others] = [...new Set(tried)];
  return new Fault('ENGINE_UNAVAILABLE', `Cannot build: ${why}, and none can be used`, {
    frame: [reason, ...others].map((line) => `  tried: ${line}`).join('\n'),
    ...(hints[0] === undefined ? {} : { hint: hints[0] }),
  });
}
