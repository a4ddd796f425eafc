/** Which part of a sorted list is asked for. */
export interface PageRequest {
  /** At most so many; without it, all. */
  readonly count?: number;
  /** Only what sorts after this; it need not be in the list. */
  readonly last?: string;
}

export interface Page {
  readonly items: readonly string[];
  /** Whether more follows. */
  readonly hasMore: boolean;
}

/** Reads `n` and `last`; undefined where `n` is no number. */
export function parsePageRequest(query: URLSearchParams): PageRequest | undefined {
  const count = query.get('n');
  const last = query.get('last');
  if (count !== null && !/^\d{1,9}$/.test(count)) return undefined;
  return { ...(count === null ? {} : { count: Number(count) }), ...(last === null ? {} : { last }) };
}

/** Cuts a page out of a list that is sorted by code unit. An empty page never has more: a client could not go on from it. */
export function pageOf(sorted: readonly string[], { count = sorted.length, last }: PageRequest): Page {
  const start = last === undefined ? 0 : placeAfter(sorted, last);
  const items = sorted.slice(start, start + count);
  return { items, hasMore: items.length > 0 && start + items.length < sorted.length };
}

/** The `Link` header to the page after `last`. https://www.rfc-editor.org/rfc/rfc8288 */
export function nextLink(path: string, query: Readonly<Record<string, string | undefined>>): string {
  const parameters = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined) parameters.set(key, value);
  return `<${path}?${parameters.toString()}>; rel="next"`;
}

/** The place of the first element that sorts after a text, by halving. */
function placeAfter(sorted: readonly string[], text: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? '') > text) high = middle;
    else low = middle + 1;
  }
  return low;
}
