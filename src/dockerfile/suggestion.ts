import { nearest } from '../errors/nearest.ts';

/** ` (did you mean X?)`, or nothing where no option is near: what stands behind a message about an unknown word. */
export function suggestion(word: string, options: Iterable<string>): string {
  const meant = nearest(word, options);
  return meant === undefined || meant === word ? '' : ` (did you mean ${meant}?)`;
}
