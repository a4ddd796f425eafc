import { Fault } from '../errors/fault.ts';
import type { Cell, Placement, Route } from './cell.ts';
import { type CellWork, createWorkReader } from './cell-runs.ts';
import { chooseRoute, wordRoute } from './choose-route.ts';
import { estimateCell, priceOfEmulation } from './estimate-cell.ts';
import type { Facts } from './facts.ts';
import { type Candidate, type CellDraft, type Qualified, qualifyBuilders, titleOf } from './qualify-builders.ts';

/** What a cell is taken to need that was never built, in milliseconds; only the balance depends on it. */
const unknownMs = 60_000;
/** More builders than these are not lost in one run. */
const mostAlternatives = 5;

/**
 * Gives every cell its route and its builder, in the order of the drafts. Of the builders that offer the best route the
 * one that would be done first gets the cell, the longest cells being given out first; the others stand by.
 *
 * @throws {Fault} PLATFORM_UNBUILDABLE, EMULATION_REFUSED, and what is wrong with a Dockerfile
 */
export function placeCells(drafts: readonly CellDraft[], facts: Facts): readonly Cell[] {
  return facts.engine.name === 'embedded' ? placeHere(drafts, facts) : placeOnBuilders(drafts, facts);
}

/** The embedded engine runs nothing: what would have to be run it refuses by itself, with the line. */
function placeHere(drafts: readonly CellDraft[], facts: Facts): readonly Cell[] {
  const readWork = createWorkReader(facts);
  const { hostPlatform } = facts;
  return drafts.map(({ cell }) => {
    const work = readWork(cell.recipe, { platform: cell.platform, buildPlatform: hostPlatform });
    const machine = { native: [hostPlatform], emulated: 'any' } as const;
    const route = chooseRoute(work, cell.platform, machine) ?? { kind: 'assembled' };
    const placement = { builder: 'embedded', route: wordRoute(route, machine, 'this machine') };
    return completed(cell, work, { placement, facts });
  });
}

interface Task {
  readonly draft: CellDraft;
  readonly qualified: Qualified;
  /** Where it stands among the drafts. */
  readonly position: number;
  readonly estimateMs: number;
}

function placeOnBuilders(drafts: readonly CellDraft[], facts: Facts): readonly Cell[] {
  const readWork = createWorkReader(facts);
  const tasks = drafts.map((draft, position): Task => {
    const qualified = withLastHope(draft, qualifyBuilders(draft, facts.builders, readWork), facts);
    const [best] = qualified.candidates;
    if (best === undefined) throw unbuildable(draft, qualified);
    return { draft, qualified, position, estimateMs: estimateOf(draft, best, facts) ?? unknownMs };
  });
  const loads = new Map<string, number>();
  const placed = new Map<number, Cell>();
  for (const task of tasks.toSorted((a, b) => b.estimateMs - a.estimateMs || a.position - b.position)) {
    const chosen = leastLoaded(task, loads);
    placed.set(task.position, cellOn(task, chosen, { facts, tasks }));
  }
  return tasks.flatMap(({ position }) => placed.get(position) ?? []);
}

/**
 * An optional cell does not stop a plan: where nobody can build it now and the config gives its platform to a builder that
 * cannot be reached, it is planned there, and fails alone if the builder stays away.
 */
function withLastHope({ cell }: CellDraft, qualified: Qualified, { builders }: Facts): Qualified {
  if (!cell.optional || qualified.candidates.length > 0) return qualified;
  const builder = builders.find(
    ({ state, platforms }) => state === 'unreachable' && platforms?.includes(cell.platform) === true,
  );
  if (builder === undefined) return qualified;
  const reason = `Only "${builder.name}" may build it: ${builder.problem?.message ?? 'it cannot be reached'}`;
  const node = {
    name: builder.name,
    endpoint: '',
    state: 'unreachable',
    native: [],
    emulated: [],
    canPushByDigest: true,
  } as const;
  return { ...qualified, candidates: [{ builder, node, route: { kind: 'native', reason }, work: { runs: [] } }] };
}

/** Takes the builder of the best route that would be done first, and notes the load there. */
function leastLoaded(
  { qualified: { candidates }, estimateMs }: Task,
  loads: Map<string, number>,
): Candidate | undefined {
  const best = candidates.filter(({ route }) => route.kind === candidates[0]?.route.kind);
  const ends = best.map((candidate) => {
    const { name, slots } = candidate.builder;
    return { candidate, endMs: (loads.get(name) ?? 0) + estimateMs / slots };
  });
  const first = ends.toSorted((a, b) => a.endMs - b.endMs)[0];
  if (first !== undefined) loads.set(first.candidate.builder.name, first.endMs);
  return first?.candidate;
}

interface Surroundings {
  readonly facts: Facts;
  readonly tasks: readonly Task[];
}

function cellOn(task: Task, chosen: Candidate | undefined, { facts, tasks }: Surroundings): Cell {
  const { draft, qualified } = task;
  if (chosen === undefined) throw unbuildable(draft, qualified);
  const others = qualified.candidates
    .filter((candidate) => candidate !== chosen)
    .slice(0, mostAlternatives)
    .map((candidate) => ({ ...placementOf(candidate), ...estimated(draft, candidate, facts) }));
  const placement = placementOf(chosen);
  const route = explained(placement.route, task, { facts, tasks });
  return {
    ...completed(draft.cell, chosen.work, { placement: { ...placement, route }, facts }),
    ...(others.length === 0 ? {} : { alternatives: others }),
  };
}

function placementOf({ builder, node, route }: Candidate): Placement {
  return {
    builder: builder.name,
    ...(builder.nodes.length < 2 ? {} : { node: node.name }),
    route: wordRoute(route, node, titleOf(builder, node)),
  };
}

function completed(
  cell: CellDraft['cell'],
  { base }: CellWork,
  { placement, facts }: { readonly placement: Placement; readonly facts: Facts },
): Cell {
  const history = facts.history[cell.id];
  const estimateMs = estimateCell(history, placement.route.kind);
  const emulatedMs = history?.emulatedMs ?? [];
  return {
    ...cell,
    ...placement,
    ...(estimateMs === undefined ? {} : { estimateMs }),
    ...(emulatedMs.length === 0 ? {} : { longestEmulatedMs: Math.max(...emulatedMs) }),
    ...(base === undefined ? {} : { base }),
  };
}

function estimated(draft: CellDraft, candidate: Candidate, facts: Facts): Pick<Placement, 'estimateMs'> {
  const estimateMs = estimateOf(draft, candidate, facts);
  return estimateMs === undefined ? {} : { estimateMs };
}

function estimateOf({ cell }: CellDraft, { route }: Candidate, { history }: Facts): number | undefined {
  return estimateCell(history[cell.id], route.kind);
}

/** An emulated cell says what it costs and how a faster route is to be had; the others say why they are what they are. */
function explained(route: Route, { draft, qualified }: Task, { facts, tasks }: Surroundings): Route {
  if (route.kind !== 'emulated') return route;
  const { cell, emulation } = draft;
  const siblings = tasks
    .map((task) => task.draft.cell)
    .filter((other) => other.image === cell.image && other.variant === cell.variant)
    .map(({ id }) => facts.history[id]);
  const price =
    emulation === 'warn' ? priceOfEmulation(facts.history[cell.id], [facts.history[cell.id], ...siblings]) : '';
  const why = qualified
    .rejections()
    .map((rejection) => `; ${rejection}`)
    .join('');
  const cure = `to be faster, add a builder that runs ${cell.platform}, or pin the stage with FROM --platform=$BUILDPLATFORM`;
  return { kind: 'emulated', reason: `${route.reason}${price === '' ? '' : `: ${price}`}${why}; ${cure}` };
}

function unbuildable({ cell, emulation }: CellDraft, { refused, rejections }: Qualified): Fault {
  const where = { platform: cell.platform, file: cell.recipe.dockerfile };
  const [emulated] = refused;
  if (emulated !== undefined) {
    const others = rejections()
      .map((rejection) => `; ${rejection}`)
      .join('');
    return new Fault(
      'EMULATION_REFUSED',
      `Cannot build ${cell.id}: ${placementOf(emulated).route.reason}, and "emulation" is "${emulation}"${others}`,
      { where },
    );
  }
  const [reason = 'there is no builder', ...others] = rejections();
  return new Fault('PLATFORM_UNBUILDABLE', `Cannot build ${cell.id}: ${[reason, ...others].join('; ')}`, { where });
}
