/**
 * The word that a misspelt one most likely meant, or undefined where none is near: at most one edit in three letters
 * (insert, drop, replace, swap of neighbours), case ignored, or the beginning of exactly one word.
 * Between equally near words the first wins.
 */
export function nearest(word: string, words: Iterable<string>): string | undefined {
  const written = word.toLowerCase();
  const candidates = [...words];
  const allowed = Math.floor((written.length + 1) / 3);
  let best: { readonly word: string; readonly distance: number } | undefined;
  for (const candidate of candidates) {
    const distance = editDistance(written, candidate.toLowerCase());
    if (distance <= allowed && (best === undefined || distance < best.distance)) best = { word: candidate, distance };
  }
  return best?.word ?? beginningOf(written, candidates);
}

/** A sentence part such as `; did you mean "linux"`, or nothing where no word is near. */
export function didYouMean(word: string, words: Iterable<string>): string {
  const meant = nearest(word, words);
  return meant === undefined ? '' : `; did you mean "${meant}"`;
}

function beginningOf(written: string, candidates: readonly string[]): string | undefined {
  if (written.length < 2) return undefined;
  const longer = candidates.filter((candidate) => candidate.toLowerCase().startsWith(written));
  return longer.length === 1 ? longer[0] : undefined;
}

/** A slip of two fingers is likelier than a wrong letter: `amr64` is arm64 rather than amd64. */
const swapCost = 0.9;

/** Optimal string alignment: Levenshtein with swaps of neighbours. */
function editDistance(a: string, b: string): number {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const swapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current.push(
        Math.min(
          at(last, column) + 1,
          at(current, column - 1) + 1,
          at(last, column - 1) + (a[row - 1] === b[column - 1] ? 0 : 1),
          swapped ? at(beforeLast, column - 2) + swapCost : Infinity,
        ),
      );
    }
    beforeLast = last;
    last = current;
  }
  return at(last, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity;
}
