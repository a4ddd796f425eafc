import { Fault, isFault } from '../errors/fault.ts';
import type { TagMove } from '../plan/tag-move.ts';
import type { ImageStore } from '../store/content-store.ts';
import { confirmStaged } from './confirm-staged.ts';
import { guardTags, type MovedTag } from './guard-tags.ts';
import {
  type Decision,
  decideMove,
  immutableFault,
  type MoveOptions,
  moveTag,
  type OpenPlace,
  type PutTag,
  putTag,
  stays,
} from './move-tag.ts';
import { PublishJournal } from './publish-journal.ts';
import type { PublishRecord, RecordedMove, RecordedPlace } from './publish-record.ts';
import { rollBack } from './roll-back.ts';
import { TagReader } from './tag-holder.ts';

export interface SettleOptions extends Omit<MoveOptions, 'journal' | 'isAgain'> {
  /** The folder of the run; absent: nothing is kept. */
  readonly folder?: string | undefined;
  readonly openPlace: (place: RecordedPlace) => Promise<ImageStore>;
  /** Whether all content is known to be there. Default: it is read back first. */
  readonly isConfirmed?: boolean;
}

/** What became of one release in one repository. */
export interface SettledPlace {
  readonly place: RecordedPlace;
  readonly moves: readonly TagMove[];
  readonly problem?: Fault;
}

/** `unsettled`: a required tag could neither be moved nor could all others be put back. */
export interface Settled {
  readonly state: 'published' | 'rolled-back' | 'unsettled';
  /** As in the record. */
  readonly places: readonly SettledPlace[];
}

/**
 * Moves the tags of a record in its order, or goes on with that. All moves are decided before the first; where a required
 * one cannot be done, those that were done are taken back, so that all required repositories are equal in the end.
 *
 * @throws {Fault} INTERRUPTED and those of the disk; every other fault is told with its place
 */
export async function settleMoves(record: PublishRecord, options: SettleOptions): Promise<Settled> {
  const settling = new Settling(record, options);
  const blocking = await settling.prepare();
  return blocking ? settling.takeBack() : settling.move();
}

/** Faults end the work at their place and are told there; an interruption ends all. */
function faultOf(error: unknown): Fault {
  if (isFault(error) && !isFault(error, 'INTERRUPTED')) return error;
  throw error;
}

function placeOf({ where }: Fault): string {
  return `${where.registry ?? ''}/${where.repository ?? ''}`;
}

interface TimedPut extends PutTag {
  readonly wanted: RecordedMove;
  /** How long reading and writing took. */
  readonly tookMs: number;
}

class Settling {
  readonly #record: PublishRecord;
  readonly #options: SettleOptions;
  readonly #journal: PublishJournal;
  readonly #open = new Map<RecordedPlace, OpenPlace>();
  readonly #problems = new Map<RecordedPlace, Fault>();
  readonly #moves = new Map<RecordedPlace, TagMove[]>();
  readonly #decided = new Map<RecordedMove, Decision>();

  constructor(record: PublishRecord, options: SettleOptions) {
    this.#record = record;
    this.#options = options;
    this.#journal = new PublishJournal(record, { host: options.host, folder: options.folder });
  }

  /** Opens every repository and decides every move. Whether a required one cannot be done. */
  async prepare(): Promise<boolean> {
    await Promise.all(
      this.#record.places.map(async (place) => {
        try {
          await this.#prepare(place);
        } catch (error) {
          this.#problems.set(place, faultOf(error));
        }
      }),
    );
    return this.#record.places.some((place) => place.required && this.#problems.has(place));
  }

  async #prepare(place: RecordedPlace): Promise<void> {
    const { host, openPlace, isConfirmed } = this.#options;
    const store = await openPlace(place);
    const open = { place, store, reader: new TagReader(store) };
    open.reader.know(place.index.digest, place.order);
    this.#open.set(place, open);
    if (isConfirmed !== true) await confirmStaged(place.index, store, { host });
    await Promise.all(place.moves.map((wanted) => this.#decide(open, wanted)));
  }

  async #decide(open: OpenPlace, wanted: RecordedMove): Promise<void> {
    const decision = await decideMove(open, wanted, this.#options);
    if (decision.move.state === 'refused') throw immutableFault(open.place, decision.move);
    this.#decided.set(wanted, decision);
  }

  async move(): Promise<Settled> {
    const moved: MovedTag[] = [];
    try {
      for (const place of this.#record.places) await this.#movePlace(place, moved);
    } catch (error) {
      faultOf(error);
      return this.takeBack();
    }
    return this.#guard(moved);
  }

  /** All tags are where they belong: what is found from now on is told, and taken up again by `--resume`. */
  async #guard(moved: readonly MovedTag[]): Promise<Settled> {
    try {
      const kept = await guardTags(moved, this.#moveOptions());
      for (const move of kept) this.#replace(move);
    } catch (error) {
      const fault = faultOf(error);
      const place = this.#record.places.find(({ repository }) => repository === placeOf(fault));
      for (const one of place === undefined ? this.#record.places : [place]) this.#problems.set(one, fault);
      return this.#settled('unsettled');
    }
    await this.#journal.end('published');
    return this.#settled('published');
  }

  async #movePlace(place: RecordedPlace, moved: MovedTag[]): Promise<void> {
    const open = this.#open.get(place);
    if (open === undefined || this.#problems.has(place)) return;
    try {
      const put: TimedPut[] = [];
      for (const wanted of place.moves) put.push(await this.#put(open, wanted));
      await Promise.all(put.map((one) => this.#readBack(open, one, moved)));
    } catch (error) {
      this.#problems.set(place, faultOf(error));
      if (place.required) throw error;
    }
  }

  async #put(open: OpenPlace, wanted: RecordedMove): Promise<TimedPut> {
    const { clock } = this.#options.host;
    const startMs = clock.monotonicMs();
    // What decides for the image of one platform is what became of the whole release a moment ago.
    const decided = wanted.beside === undefined ? this.#decided.get(wanted) : undefined;
    const put = await putTag(open, wanted, { ...this.#moveOptions(), decided });
    this.#note(open.place, put.move);
    return { ...put, wanted, tookMs: clock.monotonicMs() - startMs };
  }

  /** The tags of one place are read back side by side; one that another took meanwhile is decided anew. */
  async #readBack(open: OpenPlace, put: TimedPut, moved: MovedTag[]): Promise<void> {
    const { host } = this.#options;
    const { wanted, isWritten } = put;
    if (!isWritten) return;
    const startMs = host.clock.monotonicMs();
    let { move } = put;
    if (!(await stays(open, wanted, { ...put, host }))) {
      move = await moveTag(open, wanted, { ...this.#moveOptions(), isAgain: true });
      this.#note(open.place, move);
    }
    const movedAtMs = host.clock.monotonicMs();
    if (move.state === 'new' || move.state === 'moved')
      moved.push({ open, wanted, movedAtMs, tookMs: put.tookMs + movedAtMs - startMs });
  }

  #note(place: RecordedPlace, move: TagMove): void {
    const others = (this.#moves.get(place) ?? []).filter(({ tag }) => tag !== move.tag);
    this.#moves.set(place, [...others, move]);
  }

  /** Takes back what was moved, also by an earlier run. Places that are not required are left as they are. */
  async takeBack(): Promise<Settled> {
    const required = this.#record.places.filter((place) => place.required);
    const unopened = required.filter((place) => !this.#open.has(place));
    const { places } = this.#journal.record;
    const opened = required.flatMap((place) => {
      const open = this.#open.get(place);
      const latest = places[this.#record.places.indexOf(place)];
      return open === undefined || latest === undefined ? [] : [{ ...open, place: latest }];
    });
    const { moves, left } = await rollBack(opened, this.#options.host);
    for (const move of moves) this.#replace(move);
    for (const { repository, tag, problem } of left) this.#leave(repository, tag, problem);
    const isSettled = left.length === 0 && unopened.length === 0;
    if (isSettled) await this.#journal.end('rolled-back');
    return this.#settled(isSettled ? 'rolled-back' : 'unsettled');
  }

  #leave(repository: string, tag: string, cause: Fault): void {
    const place = this.#record.places.find((one) => one.repository === repository);
    if (place === undefined) return;
    const problem =
      cause.code === 'TAG_LEFT'
        ? cause
        : new Fault('TAG_LEFT', `Cannot put the tag "${tag}" of ${repository} back: ${cause.message}`, {
            cause,
            where: cause.where,
          });
    this.#problems.set(place, problem);
  }

  #replace(move: TagMove): void {
    for (const place of this.#record.places) {
      if (place.repository !== move.repository || !place.moves.some(({ tag }) => tag === move.tag)) continue;
      this.#note(place, move);
    }
  }

  #moveOptions(): MoveOptions {
    const { host, allowDowngrade, compareCommits } = this.#options;
    return { host, journal: this.#journal, allowDowngrade, compareCommits };
  }

  #settled(state: Settled['state']): Settled {
    const places = this.#record.places.map((place) => {
      const problem = this.#problems.get(place);
      const made = this.#moves.get(place) ?? [];
      const order = place.moves.map(({ tag }) => tag);
      const moves = [...made].sort((a, b) => order.indexOf(a.tag) - order.indexOf(b.tag));
      return { place, moves, ...(problem === undefined ? {} : { problem }) };
    });
    return { state, places };
  }
}
