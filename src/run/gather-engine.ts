import type { Config } from '../config/config.ts';
import type { Host } from '../host/host.ts';
import { chooseEngine, type EngineChoice, findBuildkitNeed, wantsBuilders } from '../plan/choose-engine.ts';
import { expandMatrix, type MatrixFacts } from '../plan/expand-matrix.ts';
import type { Facts } from '../plan/facts.ts';

export interface EngineRequest {
  /** Default: `auto`. */
  readonly engine?: EngineChoice;
  /** The only builder that may be used. Default: all. */
  readonly builder?: string;
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
  { host, engine, builder }: EngineRequest & { readonly host: Host },
): Promise<Pick<Facts, 'engine' | 'builders' | 'history'>> {
  const choice = engine ?? (builder === undefined ? 'auto' : 'buildkit');
  const drafts = config.images.flatMap((image) => expandMatrix(image, facts));
  const need = choice === 'auto' ? findBuildkitNeed(drafts, facts) : undefined;
  if (!wantsBuilders({ choice, need }))
    return { engine: chooseEngine({ choice, need, builders: [] }), builders: [], history: {} };
  const [{ gatherBuilders }, { gatherHistory }] = await Promise.all([
    import('./gather-builders.ts'),
    import('./gather-history.ts'),
  ]);
  const ids = drafts.map(({ cell }) => cell.id);
  const [builders, history] = await Promise.all([
    gatherBuilders(config, { host, only: builder }),
    gatherHistory(ids, { host, root: facts.root }),
  ]);
  return { engine: chooseEngine({ choice, need, builders }), builders, history };
}
