import { type LocationContext, resolveLocation } from './location.ts';

/** What to do with an answer that may be a redirect. */
export type RedirectDecision =
  | { readonly kind: 'none' }
  | { readonly kind: 'follow'; readonly url: URL; readonly trusted: boolean }
  | { readonly kind: 'refuse'; readonly why: string };

export interface RedirectInput extends LocationContext {
  readonly status: number;
  readonly method: string;
  readonly location: string | undefined;
  /** How many redirects this request has followed already. */
  readonly followed: number;
}

const followedAtMost = 5;

/**
 * Whether an answer sends its client elsewhere, and whether it may go. The method and the body stay; a 303 is followed by
 * GET and HEAD alone, because it asks for another method. Credentials go on only where `trusted`.
 */
export function decideRedirect(input: RedirectInput): RedirectDecision {
  const { status, method, location, followed } = input;
  if (![301, 302, 303, 307, 308].includes(status)) return { kind: 'none' };
  if (location === undefined) return { kind: 'refuse', why: 'it names no place' };
  if (followed >= followedAtMost) return { kind: 'refuse', why: `it is the ${followedAtMost + 1}th in a row` };
  if (status === 303 && method !== 'GET' && method !== 'HEAD')
    return { kind: 'refuse', why: `a 303 cannot be followed with ${method}` };
  const place = resolveLocation(location, input);
  if (place.kind === 'refused') return { kind: 'refuse', why: `${shown(location)}: ${place.why}` };
  return { kind: 'follow', url: place.url, trusted: place.trusted };
}

function shown(location: string): string {
  return `"${location.split(/[?#]/)[0]?.slice(0, 200) ?? ''}"`;
}
