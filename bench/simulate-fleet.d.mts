import type { Schedule } from '../src/engine/buildkit/loop/schedule.ts';
import type { BuilderFacts } from '../src/plan/builder-facts.ts';
import type { Cell } from '../src/plan/cell.ts';

/** A node that is lost at a time and, where it comes back, when. Milliseconds. */
export interface Loss {
  readonly place: string;
  readonly atMs: number;
  readonly backMs?: number;
}

export interface FleetScenario {
  readonly cells: readonly Cell[];
  readonly builders: readonly BuilderFacts[];
  /** What the cell really takes where it is planned, by cell. */
  readonly actualMs: ReadonlyMap<string, number>;
  readonly losses: readonly Loss[];
  /** How many of a hundred attempts fail by something that passes. */
  readonly transientPercent: number;
  /** From 0 to 1, the same for the same scenario. */
  readonly random: () => number;
}

export interface FleetResult {
  readonly makespanMs: number;
  readonly built: number;
  readonly givenUp: number;
  readonly attempts: number;
  /** Slot time of attempts that failed. */
  readonly wastedMs: number;
  /** No schedule can be shorter: useful work alone, over the slots that are there. */
  readonly usefulBoundMs: number;
  /** The same, with the slot time that failures took, and each cell's own chain of attempts and back-offs. */
  readonly boundMs: number;
  /** The most cells that a place or builder held at once, beyond its slots; 0 where the slots were kept. */
  readonly excess: number;
}

export function simulateFleet(schedule: Schedule, scenario: FleetScenario): FleetResult;

/** 2,000 cells on 50 nodes of four architectures, with failures. */
export function largeScenario(options?: {
  readonly cells?: number;
  readonly nodes?: number;
  readonly seed?: number;
  /** `spread`: planned on all nodes in turn. `first`: all of a platform on one node. */
  readonly planned?: 'spread' | 'first';
}): FleetScenario;
