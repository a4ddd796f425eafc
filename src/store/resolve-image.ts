import { Fault } from '../errors/fault.ts';
import { nearest } from '../errors/nearest.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { ImageStore } from './content-store.ts';

const shownTags = 10;

/**
 * What a tag or digest points at; "" means the only image of a layout or an archive.
 * @throws {Fault} IMAGE_MISSING, IMAGE_AMBIGUOUS
 */
export async function resolveImage(store: ImageStore, reference: string): Promise<Descriptor> {
  const descriptor = await store.resolve(reference);
  if (descriptor !== undefined) return descriptor;
  const tags = await store.tags();
  const shown = tags.slice(0, shownTags).map((tag) => `"${tag}"`);
  const list = `${shown.join(', ')}${tags.length > shownTags ? ` and ${tags.length - shownTags} more` : ''}`;
  const where = { ...store.where, ...(reference === '' ? {} : { reference }) };
  if (reference === '' && tags.length > 0) {
    throw new Fault('IMAGE_AMBIGUOUS', `Cannot choose an image: none is named, and there are ${list}`, { where });
  }
  const found = tags.length === 0 ? 'there is no image' : `there ${tags.length === 1 ? 'is' : 'are'} ${list}`;
  const like = nearest(reference, tags);
  const hint = like === undefined ? {} : { hint: `Did you mean "${like}"?` };
  throw new Fault('IMAGE_MISSING', `Cannot find the image "${reference}": ${found}`, { where, ...hint });
}
