import { formatPlatform, type Platform } from '../../oci/platform.ts';
import { sanitizeTag } from './fit-tag.ts';

/**
 * The tags under which the image of one platform can be had alone: `SHA-python` is `SHA-python-amd64` for linux/amd64,
 * `SHA-python-arm-v7` for linux/arm/v7, `SHA-python-windows-amd64` for windows/amd64. References keep their repository.
 */
export function architectureTags(tags: readonly string[], platform: Platform): readonly string[] {
  const suffix = sanitizeTag(formatPlatform(platform).replace(/^linux\//, ''));
  return tags.map((tag) => `${tag}-${suffix}`);
}

/**
 * The tag of the whole release that a tag of one platform alone was made from. It tells the age of that image, which says
 * nothing of it by itself. Undefined where none of `tags` is.
 */
export function wholeTagOf(single: string, tags: readonly string[]): string | undefined {
  const made = tags.filter((tag) => single.startsWith(`${tag}-`));
  return made.toSorted((a, b) => b.length - a.length)[0];
}
