import type { PlatformConfig } from '../config/config.ts';
import type { BuilderFacts, NodeFacts } from './builder-facts.ts';
import type { Cell } from './cell.ts';
import type { CellWork, ReadCellWork } from './cell-runs.ts';
import { type BareRoute, chooseRoute, compareRoutes } from './choose-route.ts';
import { nodeFor } from './node-for.ts';

/** A cell that no builder has been chosen for. */
export interface CellDraft {
  readonly cell: Omit<Cell, 'builder' | 'route' | 'base'>;
  readonly emulation: PlatformConfig['emulation'];
}

/** A builder that can build a cell. */
export interface Candidate {
  readonly builder: BuilderFacts;
  readonly node: NodeFacts;
  readonly route: BareRoute;
  readonly work: CellWork;
}

/** What all the builders are to one cell. */
export interface Qualified {
  /** The best route first; of equal ones in the order of the builders. Emulated ones only where they are allowed. */
  readonly candidates: readonly Candidate[];
  /** Emulated ones that are refused. */
  readonly refused: readonly Candidate[];
  /** Why each of the others cannot, one clause a builder; worded only where it is told. */
  readonly rejections: () => readonly string[];
}

type Verdict = Candidate | { readonly rejection: () => string };

/** Which builders may build a cell. A node that would emulate it unseen is never among them. */
export function qualifyBuilders(
  draft: CellDraft,
  builders: readonly BuilderFacts[],
  readWork: ReadCellWork,
): Qualified {
  const verdicts = builders.map((builder) => judge(draft, builder, readWork));
  const able = verdicts
    .flatMap((verdict) => ('route' in verdict ? [verdict] : []))
    .toSorted((a, b) => compareRoutes(a.route.kind, b.route.kind));
  const refused = able.filter(({ route }) => route.kind === 'emulated' && draft.emulation === 'refuse');
  return {
    candidates: able.filter((candidate) => !refused.includes(candidate)),
    refused,
    rejections: () => verdicts.flatMap((verdict) => ('rejection' in verdict ? [verdict.rejection()] : [])),
  };
}

function judge({ cell }: CellDraft, builder: BuilderFacts, readWork: ReadCellWork): Verdict {
  const { platforms } = builder;
  if (platforms?.includes(cell.platform) === false)
    return { rejection: () => `"${builder.name}" is only for ${platforms.join(', ')}` };
  if (builder.state === 'unreachable' || builder.state === 'wrong') return unusable(builder, builder);
  const node = nodeFor(builder, cell.platform);
  if (node !== undefined && node.state !== 'ready') return unusable(builder, node);
  const own = node?.native[0];
  if (node === undefined || own === undefined)
    return { rejection: () => `"${builder.name}" does not tell its platforms: name them with "platforms"` };
  const work = readWork(cell.recipe, { platform: cell.platform, buildPlatform: own });
  const route = chooseRoute(work, cell.platform, node);
  if (route !== undefined) return { builder, node, route, work };
  const foreign = work.runs.find((run) => !node.native.includes(run.platform))?.platform ?? cell.platform;
  return {
    rejection: () => `${titleOf(builder, node)} (${own}) does not run ${foreign}${elsewhere(builder, node, foreign)}`,
  };
}

function unusable({ name }: BuilderFacts, { problem, state }: BuilderFacts | NodeFacts): Verdict {
  return { rejection: () => problem?.message ?? `"${name}" is ${state}` };
}

/** What reasons call the place of a candidate. */
export function titleOf({ name, nodes }: BuilderFacts, node: NodeFacts): string {
  return nodes.length < 2 ? `"${name}"` : `the node "${node.name}" of "${name}"`;
}

/** buildx, not we, chooses the node of a builder. */
function elsewhere({ nodes }: BuilderFacts, chosen: NodeFacts, foreign: string): string {
  const better = nodes.find((node) => node !== chosen && node.native.includes(foreign));
  if (better === undefined) return '';
  return `, and buildx would not send it to "${better.name}", which does: declare it there with --platform ${foreign}`;
}
