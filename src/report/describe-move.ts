import type { TagMove } from '../plan/tag-move.ts';
import { shortDigest } from './render-finding.ts';

/** What became of a tag, in a few words behind its name: `is new`, `moved from sha256:…`, `stays: it is newer`. */
export function describeMove({ state, from, reason }: TagMove): string {
  const why = reason === undefined ? '' : `: ${reason}`;
  const before = from === undefined ? '' : ` ${shortDigest(from)}`;
  switch (state) {
    case 'new':
      return 'is new';
    case 'moved':
      return `moved${before === '' ? '' : ` from${before}`}`;
    case 'unchanged':
      return 'stays, it pointed there already';
    case 'kept-newer':
      return `stays at the newer${before}${why}`;
    case 'refused':
      return `may not be moved${why}`;
    case 'rolled-back':
      return `was put back${before === '' ? '' : ` to${before}`}${why}`;
  }
}

/** Whether the tag is where it was meant to be. */
export function isSettled({ state }: TagMove): boolean {
  return state === 'new' || state === 'moved' || state === 'unchanged';
}
