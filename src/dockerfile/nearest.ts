/** The most edits that still make a spelling a likely slip of another. */
const mostEdits = 2;

/**
 * The option that a word was most likely meant to be, at most two edits away; `undefined` where none is near,
 * or where the word is itself one of them.
 */
export function nearest(word: string, options: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = mostEdits + 1;
  for (const option of options) {
    if (option === word) return undefined;
    const distance = editDistance(word, option);
    if (distance < bestDistance) [best, bestDistance] = [option, distance];
  }
  return best;
}

/** ` (did you mean X?)`, or nothing: what is put behind a message about a word that is unknown. */
export function didYouMean(word: string, options: Iterable<string>): string {
  const found = nearest(word, options);
  return found === undefined ? '' : ` (did you mean ${found}?)`;
}

function editDistance(one: string, other: string): number {
  if (Math.abs(one.length - other.length) > mostEdits) return mostEdits + 1;
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const swap = (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
