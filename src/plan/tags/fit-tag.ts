import { createHash } from 'node:crypto';

/** What a registry takes at most. https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests */
export const longestTag = 128;

const hashLength = 8;

/** Replaces every run of characters that no tag may hold by `-`, as docker/metadata-action does. */
export function sanitizeTag(text: string): string {
  return text.replace(/[^a-zA-Z0-9._-]+/g, '-');
}

/** Whether a tag begins with a letter, a digit or `_`, as it must. */
export function beginsWell(tag: string): boolean {
  return /^\w/.test(tag);
}

/**
 * A tag that a registry takes, made from one that it does not: points and dashes at the beginning go, and a long one
 * is cut and ends in a hash of the whole, so that two long ones stay apart. A good tag stays as it is.
 */
export function fitTag(tag: string): string {
  const begun = beginsWell(tag) ? tag : tag.replace(/^[.-]+/, '');
  if (begun === '') return hashOf(tag);
  return begun.length <= longestTag ? begun : `${begun.slice(0, longestTag - hashLength - 1)}-${hashOf(begun)}`;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, hashLength);
}
