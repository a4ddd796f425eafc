import { readFile } from 'node:fs/promises';
import type { Config } from '../../config/config.ts';
import { hostPlatform } from '../../engine/host-platform.ts';
import type { Host } from '../../host/host.ts';
import { formatPlatform } from '../../oci/platform.ts';
import type { Cell } from '../../plan/cell.ts';
import { chooseEngine } from '../../plan/choose-engine.ts';
import type { Facts } from '../../plan/facts.ts';
import { placeCells } from '../../plan/place-cells.ts';
import type { Plan } from '../../plan/plan.ts';
import type { CellDraft } from '../../plan/qualify-builders.ts';
import type { EngineRequest } from '../gather/gather-engine.ts';
import { missingDockerfile } from '../gather/missing-dockerfile.ts';

export interface PlaceHereOptions extends EngineRequest {
  readonly host: Host;
  /** It tells which builders there are, and where emulation is allowed. */
  readonly config: Config;
}

/**
 * Chooses route and builder anew for some cells of a plan that another machine made: what is built stays as it was planned, by
 * the same engine; where it is built is decided by the builders of this machine.
 *
 * @throws {Fault} ENGINE_UNAVAILABLE, PLATFORM_UNBUILDABLE, EMULATION_REFUSED, DOCKERFILE_MISSING
 */
export async function placeHere(plan: Plan, cells: readonly Cell[], options: PlaceHereOptions): Promise<Plan> {
  const facts: Facts = {
    now: plan.createdAt,
    runId: plan.runId,
    root: plan.root,
    hostPlatform: formatPlatform(hostPlatform()),
    dockerfiles: await readDockerfiles(cells, plan.root),
    preparedContexts: {},
    conditions: {},
    event: plan.event,
    history: {},
    ...(await findBuilders(plan, options)),
  };
  const drafts = cells.map((cell) => draftOf(cell, options.config));
  const placed = new Map(placeCells(drafts, facts).map((cell) => [cell.id, cell]));
  return {
    ...plan,
    engine: facts.engine,
    builders: facts.builders,
    cells: plan.cells.map((cell) => placed.get(cell.id) ?? cell),
  };
}

async function findBuilders(
  plan: Plan,
  { host, config, engine, builder }: PlaceHereOptions,
): Promise<Pick<Facts, 'engine' | 'builders'>> {
  const wanted = engine === undefined || engine === 'auto' ? plan.engine.name : engine;
  if (wanted === 'embedded') return { engine: { name: wanted, reason: plan.engine.reason }, builders: [] };
  const { gatherBuilders } = await import('../gather/gather-builders.ts');
  const builders = await gatherBuilders(config, { host, only: builder, makes: true });
  return { engine: chooseEngine({ choice: wanted, need: undefined, builders }), builders };
}

/** What was planned of a cell without where it was to be built. */
function draftOf(planned: Cell, { images }: Config): CellDraft {
  const { builder: _builder, node: _node, route: _route, alternatives: _alternatives, ...cell } = planned;
  const image = images.find(({ name }) => name === cell.image);
  const platform = image?.platforms.find(({ platform: written }) => formatPlatform(written) === cell.platform);
  // A platform that came from a flag of the planning job was asked for as it is.
  return { cell, emulation: platform?.emulation ?? 'allow' };
}

async function readDockerfiles(cells: readonly Cell[], root: string): Promise<Readonly<Record<string, string>>> {
  const texts: Record<string, string> = {};
  for (const file of new Set(cells.map(({ recipe }) => recipe.dockerfile))) {
    try {
      texts[file] = await readFile(file, 'utf8');
    } catch (cause) {
      throw await missingDockerfile(file, { root, cause });
    }
  }
  return texts;
}
