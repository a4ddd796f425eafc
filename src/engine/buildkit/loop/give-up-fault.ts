import { Fault } from '../../../errors/fault.ts';
import type { Cell } from '../../../plan/cell.ts';
import type { GivenUp } from './schedule.ts';

/** What is known of why a cell was given up. */
export interface GiveUpCauses {
  /** Of its last attempt; absent where it was never begun. */
  readonly last: Fault | undefined;
  /** Why a place was lost, by `formatPlace`. */
  readonly lostPlaces: ReadonlyMap<string, Fault>;
}

/** The fault that a cell ends with: its last one, or which builders were lost and what to do about it. */
export function giveUpFault(cell: Cell, reason: GivenUp, { last, lostPlaces }: GiveUpCauses): Fault {
  switch (reason.why) {
    case 'no-place': {
      const cause = last ?? reason.places.map((place) => lostPlaces.get(place)).find((fault) => fault !== undefined);
      const names = quoted(reason.places);
      const is = reason.places.length === 1 ? 'is' : 'are';
      return new Fault(
        'BUILDERS_LOST',
        `Cannot build "${cell.id}": ${names} ${is} lost, and no other builder qualifies`,
        {
          cause,
          where: { platform: cell.platform },
          hint: [
            ...(cause === undefined ? [] : [`${cause.hint}.`]),
            `Bring ${names} back, or add another builder for ${cell.platform}, and run again with --resume: finished parts are kept`,
          ].join(' '),
        },
      );
    }
    case 'ends-places':
      return new Fault(
        'BUILD_ENDS_BUILDERS',
        `Cannot build "${cell.id}": ${quoted(reason.places)} were lost while they built it`,
        {
          cause: last,
          where: { platform: cell.platform },
        },
      );
    default:
      return last ?? new Fault('BUILDERS_LOST', `Cannot build "${cell.id}": nothing is known of its last attempt`);
  }
}

function quoted(places: readonly string[]): string {
  return [...new Set(places)].map((place) => `"${place}"`).join(', ');
}
