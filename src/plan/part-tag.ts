import { type Digest, digestOf } from '../oci/digest.ts';

/** The artifact type of a part's record in a registry, and the media type of its only layer. */
export const partRecordType = 'application/vnd.polyarch.part.v1+json';

/**
 * The tag of a part's record in a repository, named by what the part was made from: another machine asks for it before it
 * builds. It names no image.
 */
export function partTag(cell: string, inputs: Digest): string {
  return `polyarch-${digestOf(`${cell}\n${inputs}`).slice('sha256:'.length, 'sha256:'.length + 32)}`;
}

/** Whether a tag is one of `partTag`. */
export function isPartTag(tag: string): boolean {
  return /^polyarch-[0-9a-f]{32}$/.test(tag);
}
