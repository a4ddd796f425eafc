import type { Config } from '../../config/config.ts';
import type { Host } from '../../host/host.ts';
import type { BuilderFacts } from '../../plan/builder-facts.ts';
import { chooseEngine, type EngineChoice, findBuildkitNeed, wantsBuilders } from '../../plan/choose-engine.ts';
import { expandMatrix, type MatrixFacts } from '../../plan/expand-matrix.ts';
import type { Facts } from '../../plan/facts.ts';
import type { CellDraft } from '../../plan/qualify-builders.ts';

export interface EngineRequest {
  /** Default: `auto`. */
  readonly engine?: EngineChoice;
  /** The only builder that may be used. Default: all. */
  readonly builder?: string;
  /** The cells are built by jobs on other machines, each on one of its own platform: none is looked for here. Default: false. */
  readonly elsewhere?: boolean;
  /** Whether a builder that the config describes may be made; a plan that is only looked at makes none. Default: false. */
  readonly makes?: boolean;
}

/** What must be known before: what the Dockerfiles hold. */
export type EngineInput = MatrixFacts & Pick<Facts, 'dockerfiles' | 'hostPlatform'>;

/**
 * The engine of a run, its builders, and how their cells went before. Docker is asked only where something needs it: an
 * image that runs nothing is planned without a daemon being woken.
 *
 * @throws {Fault} ENGINE_UNAVAILABLE, BUILDER_UNKNOWN, and what is wrong with a Dockerfile
 */
export async function gatherEngine(
  config: Config,
  facts: EngineInput,
  { host, engine, builder, elsewhere, makes = false }: EngineRequest & { readonly host: Host },
): Promise<Pick<Facts, 'engine' | 'builders' | 'history'>> {
  const choice = engine ?? (builder === undefined ? 'auto' : 'buildkit');
  const drafts = config.images.flatMap((image) => expandMatrix(image, facts));
  const need = choice === 'auto' ? findBuildkitNeed(drafts, facts) : undefined;
  if (!wantsBuilders({ choice, need }))
    return { engine: chooseEngine({ choice, need, builders: [] }), builders: [], history: {} };
  if (elsewhere === true && config.builders.length === 0 && builder === undefined)
    return { engine: { name: 'buildkit', reason: engineReason(need) }, builders: jobRunners(drafts), history: {} };
  const [{ gatherBuilders }, { gatherHistory }] = await Promise.all([
    import('./gather-builders.ts'),
    import('./gather-history.ts'),
  ]);
  const ids = drafts.map(({ cell }) => cell.id);
  const [builders, history] = await Promise.all([
    gatherBuilders(config, { host, only: builder, makes }),
    gatherHistory(ids, { host, root: facts.root }),
  ]);
  return { engine: chooseEngine({ choice, need, builders }), builders, history };
}

function engineReason(need: string | undefined): string {
  return need === undefined ? 'BuildKit is asked for' : `The jobs have BuildKit, and ${need}`;
}

/** Stand for the runners of a pipeline, one a platform: a job finds out by itself what its machine really is. */
function jobRunners(drafts: readonly CellDraft[]): readonly BuilderFacts[] {
  return [...new Set(drafts.map(({ cell }) => cell.platform))].map((platform) => {
    const name = `runner-${platform.replaceAll('/', '-')}`;
    return {
      name,
      driver: 'docker-container',
      state: 'ready',
      slots: drafts.length,
      platforms: [platform],
      options: {},
      nodes: [{ name, endpoint: '', state: 'ready', native: [platform], emulated: [], canPushByDigest: true }],
    };
  });
}
