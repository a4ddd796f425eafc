import type { Route, RouteKind } from './cell.ts';
import type { CellRun, CellWork } from './cell-runs.ts';

/** The machine that a cell would be built on. */
export interface RouteMachine {
  /** Normalised platforms that its CPU runs. */
  readonly native: readonly string[];
  /** Normalised platforms that it runs by emulation; `any`: it is not known to be unable. */
  readonly emulated: readonly string[] | 'any';
}

/** From the one that is wished for most to the one that is wished for least. */
const order: readonly RouteKind[] = ['assembled', 'native', 'cross', 'emulated'];

/** Negative where `a` is the better route. */
export function compareRoutes(a: RouteKind, b: RouteKind): number {
  return order.indexOf(a) - order.indexOf(b);
}

/** A route that is not yet put into words. */
export interface BareRoute {
  readonly kind: RouteKind;
  /** The command that decided; absent where none is run. */
  readonly run?: CellRun;
  /** Where something else than a command decided. */
  readonly reason?: string;
}

/**
 * The route of a cell on one machine, by what its Dockerfile runs and where; `undefined` where the machine cannot run
 * it at all. `cross` is what runs on the platform that builds alone, and is for another one.
 */
export function chooseRoute({ runs }: CellWork, platform: string, machine: RouteMachine): BareRoute | undefined {
  const { native, emulated } = machine;
  const foreign = runs.find((run) => !native.includes(run.platform));
  if (foreign !== undefined)
    return emulated === 'any' || emulated.includes(foreign.platform) ? { kind: 'emulated', run: foreign } : undefined;
  const onTarget = runs.find(({ kind }) => kind === 'target');
  if (onTarget !== undefined) return { kind: 'native', run: onTarget };
  const [first] = runs;
  if (first === undefined) return { kind: 'assembled' };
  return { kind: native.includes(platform) ? 'native' : 'cross', run: first };
}

/** The route with its reason. `title` is what the reason calls the machine: `this machine`, `"graviton"`. */
export function wordRoute({ kind, run, reason }: BareRoute, { native }: RouteMachine, title: string): Route {
  if (reason !== undefined) return { kind, reason };
  if (run === undefined) return { kind, reason: 'No stage that the target needs runs a command' };
  switch (kind) {
    case 'assembled':
    case 'native':
      return { kind, reason: `Line ${run.line} runs a command for ${run.platform}, native on ${title}` };
    case 'cross':
      return { kind, reason: `Commands run on the build platform alone (line ${run.line})` };
    case 'emulated':
      return {
        kind,
        reason: `Line ${run.line} runs a command for ${run.platform}, which ${title} (${native[0] ?? 'unknown'}) only emulates`,
      };
  }
}
