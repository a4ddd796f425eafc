import { Fault } from '../errors/fault.ts';
import { didYouMean } from '../errors/nearest.ts';
import type { ImageConfig } from './config.ts';
import { splitList } from './flag-value.ts';
import { listWords } from './list-words.ts';
import type { Overrides } from './overrides.ts';

/**
 * The images and variants that `--image` and `--variant` name, in the order of the config; all of them where none is
 * named. An image that has none of the named variants is left out.
 *
 * @throws {Fault} SELECTION_UNKNOWN
 */
export function selectImages(images: readonly ImageConfig[], overrides: Overrides): readonly ImageConfig[] {
  const names = splitList(overrides.images ?? []);
  const variants = splitList(overrides.variants ?? []);
  refuseUnknown(
    'image',
    names,
    images.map(({ name }) => name),
  );
  const chosen = names.length === 0 ? images : images.filter(({ name }) => names.includes(name));
  refuseUnknown(
    'variant',
    variants,
    chosen.flatMap((image) => image.variants.map(({ name }) => name)),
  );
  if (variants.length === 0) return chosen;
  return chosen
    .map((image) => ({ ...image, variants: image.variants.filter(({ name }) => variants.includes(name)) }))
    .filter((image) => image.variants.length > 0);
}

function refuseUnknown(what: string, names: readonly string[], written: readonly string[]): void {
  const known = [...new Set(written)].filter((name) => name !== '');
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const there = known.length === 0 ? `the config has no ${what}s` : `expected ${listWords(known, 'or')}`;
  throw new Fault('SELECTION_UNKNOWN', `Cannot choose the ${what} "${unknown}": ${there}${didYouMean(unknown, known)}`);
}
