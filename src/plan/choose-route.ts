import type { Route, RouteKind } from './cell.ts';
import type { CellRun, CellWork } from './cell-runs.ts';

/** The machine that a cell would be built on. */
export interface RouteMachine {
  /** Normalised platforms that its CPU runs. */
  readonly native: readonly string[];
  /** Normalised platforms that it runs by emulation; `any`: it is not known to be unable. */
  readonly emulated: readonly string[] | 'any';
  /** As the reasons call it: `this machine`, `"graviton"`. */
  readonly title: string;
}

/** From the one that is wished for most to the one that is wished for least. */
const order: readonly RouteKind[] = ['assembled', 'native', 'cross', 'emulated'];

/** Negative where `a` is the better route. */
export function compareRoutes(a: RouteKind, b: RouteKind): number {
  return order.indexOf(a) - order.indexOf(b);
}

/**
 * The route of a cell on one machine, by what its Dockerfile runs and where; `undefined` where the machine cannot run
 * it at all. `cross` is what runs on the platform that builds alone, and is for another one.
 */
export function chooseRoute({ runs }: CellWork, platform: string, machine: RouteMachine): Route | undefined {
  const foreign = runs.find((run) => !machine.native.includes(run.platform));
  if (foreign !== undefined) return emulatedRoute(foreign, machine);
  const onTarget = runs.find(({ kind }) => kind === 'target');
  if (onTarget !== undefined)
    return {
      kind: 'native',
      reason: `Line ${onTarget.line} runs a command for ${platform}, native on ${machine.title}`,
    };
  const [first] = runs;
  if (first === undefined) return { kind: 'assembled', reason: 'No stage that the target needs runs a command' };
  if (machine.native.includes(platform))
    return { kind: 'native', reason: `Line ${first.line} runs a command, native on ${machine.title}` };
  return { kind: 'cross', reason: `Commands run on the build platform alone (line ${first.line})` };
}

function emulatedRoute({ line, platform }: CellRun, { emulated, native, title }: RouteMachine): Route | undefined {
  if (emulated !== 'any' && !emulated.includes(platform)) return undefined;
  return {
    kind: 'emulated',
    reason: `Line ${line} runs a command for ${platform}, which ${title} (${native[0] ?? 'unknown'}) only emulates`,
  };
}
