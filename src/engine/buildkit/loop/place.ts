import type { BuilderFacts } from '../../../plan/builder-facts.ts';
import type { Placement } from '../../../plan/cell.ts';
import { backOffMs } from './retry.ts';

/** Where cells run: a node of a builder, or a builder as a whole. */
export interface PlaceName {
  readonly builder: string;
  /** Absent where the builder has one node only, or chooses among its nodes itself. */
  readonly node?: string;
}

/**
 * `making`: the builder is being made. `trial`: it was lost and answers again; one cell at a time, until one shows that it
 * works. `gone`: it will not come back in this run.
 */
export type PlaceHealth = 'up' | 'making' | 'trial' | 'lost' | 'gone';

/** Failures in a row, of whatever cells, after which a place is given a rest: a sick node must not eat every retry. */
const sickAfter = 3;

/** A cell that holds a slot. */
export interface Running {
  readonly startedMs: number;
  readonly estimateMs: number;
}

/** The slots of a builder, shared by its nodes. */
export interface BuilderSlots {
  readonly slots: number;
  running: number;
}

/** One place: its slots, what runs in them, and whether it can be trusted. Time comes in from outside. */
export class Place implements PlaceName {
  readonly builder: string;
  readonly node?: string;
  readonly slots: number;
  readonly running = new Map<string, Running>();
  health: PlaceHealth;
  /** How often in a row it did not answer after it was lost. */
  failedProbes = 0;
  /** When it is to be looked at again; absent where it is not lost, or is being looked at. */
  probeAtMs: number | undefined;
  /** It takes nothing before. */
  restsUntilMs = 0;
  readonly #shared: BuilderSlots;
  #failuresInRow = 0;
  /** When it was last given a rest. */
  #restsSinceMs = -Infinity;

  constructor(name: PlaceName, { slots, health, shared }: PlaceOptions) {
    this.builder = name.builder;
    if (name.node !== undefined) this.node = name.node;
    this.slots = slots;
    this.health = health;
    this.#shared = shared;
  }

  /** Whether cells may count on it: now, or as soon as a slot is free. */
  get isLive(): boolean {
    return this.health === 'up' || this.health === 'trial' || this.health === 'making';
  }

  hasFreeSlot(nowMs: number): boolean {
    if (this.health !== 'up' && this.health !== 'trial') return false;
    const slots = this.health === 'trial' ? 1 : this.slots;
    return this.running.size < slots && this.#shared.running < this.#shared.slots && nowMs >= this.restsUntilMs;
  }

  begin(cell: string, running: Running): void {
    this.running.set(cell, running);
    this.#shared.running += 1;
  }

  /** Gives when the cell was begun. */
  end(cell: string): number {
    const { startedMs = 0 } = this.running.get(cell) ?? {};
    if (this.running.delete(cell)) this.#shared.running -= 1;
    return startedMs;
  }

  /** A cell ended here in a way that shows that the place works. Gives whether it was not trusted until now. */
  prove(): boolean {
    const isBack = this.health !== 'up';
    this.health = 'up';
    this.failedProbes = 0;
    this.probeAtMs = undefined;
    this.#failuresInRow = 0;
    return isBack;
  }

  /**
   * A cell failed here in a way that may be the place's fault, or the network's. Of cells that were begun before the place was
   * given a rest, that is nothing new.
   */
  doubt(startedMs: number, nowMs: number): void {
    if (startedMs < this.#restsSinceMs) return;
    this.#failuresInRow += 1;
    const excess = this.#failuresInRow - sickAfter;
    if (excess < 0) return;
    this.#restsSinceMs = nowMs;
    this.restsUntilMs = nowMs + backOffMs(excess + 1, 0);
  }

  /** It is gone until it answers again. Gives whether that is news. */
  lose(nowMs: number): boolean {
    if (this.health === 'lost' || this.health === 'gone') return false;
    if (this.health === 'trial') this.failedProbes += 1;
    this.health = 'lost';
    this.#lookLater(nowMs);
    return true;
  }

  /** What a look at a lost place came to. Gives whether it is there again. */
  answer(isAlive: boolean, nowMs: number): boolean {
    if (this.health !== 'lost') return false;
    if (isAlive) this.health = 'trial';
    else {
      this.failedProbes += 1;
      this.#lookLater(nowMs);
    }
    return isAlive;
  }

  #lookLater(nowMs: number): void {
    this.probeAtMs = nowMs + backOffMs(this.failedProbes + 1, 0);
  }
}

export interface PlaceOptions {
  readonly slots: number;
  readonly health: PlaceHealth;
  readonly shared: BuilderSlots;
}

/** `builder`, or `builder/node`. */
export function formatPlace({ builder, node }: PlaceName): string {
  return node === undefined ? builder : `${builder}/${node}`;
}

/** The places of one builder. */
export interface BuilderPlaces {
  readonly whole: Place;
  /** By the name of the node; none where there is one node only: that is the whole. */
  readonly nodes: ReadonlyMap<string, Place>;
}

/** The places of all builders, by the builder's name. A node's share of the slots is an equal one, rounded up. */
export function placesOf(builders: readonly BuilderFacts[]): ReadonlyMap<string, BuilderPlaces> {
  return new Map(builders.map((builder) => [builder.name, placesOfBuilder(builder)]));
}

function placesOfBuilder({ name, slots, state, nodes }: BuilderFacts): BuilderPlaces {
  const shared: BuilderSlots = { slots: Math.max(1, slots), running: 0 };
  const health = state === 'missing' ? 'making' : 'up';
  const whole = new Place({ builder: name }, { slots: shared.slots, health, shared });
  if (nodes.length < 2) return { whole, nodes: new Map() };
  const share = { slots: Math.ceil(shared.slots / nodes.length), health, shared } as const;
  return {
    whole,
    nodes: new Map(nodes.map((node) => [node.name, new Place({ builder: name, node: node.name }, share)])),
  };
}

/** The place that a placement names, where there is such a one. */
export function placeOf({ builder, node }: Placement, places: ReadonlyMap<string, BuilderPlaces>): Place | undefined {
  const found = places.get(builder);
  return node === undefined || found?.nodes.size === 0 ? found?.whole : found?.nodes.get(node);
}
