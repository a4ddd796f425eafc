import type { Digest } from '../oci/digest.ts';

/** The `If-Match` and `If-None-Match` headers of a request. */
export interface Preconditions {
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
}

/** The entity tag of a manifest or a blob. */
export function entityTag(digest: Digest): string {
  return `"${digest}"`;
}

/**
 * Whether a request may change what a name points at: `current`, or nothing yet. `If-Match: *` wants that there is
 * something, `If-None-Match: *` that there is nothing. https://www.rfc-editor.org/rfc/rfc9110#section-13.1
 */
export function arePreconditionsMet({ ifMatch, ifNoneMatch }: Preconditions, current: Digest | undefined): boolean {
  if (ifMatch !== undefined && !isListed(ifMatch, current)) return false;
  return ifNoneMatch === undefined || !isListed(ifNoneMatch, current);
}

/** Whether a client holds the content already. */
export function isNotModified(ifNoneMatch: string | undefined, current: Digest): boolean {
  return ifNoneMatch !== undefined && isListed(ifNoneMatch, current);
}

/** Whether a list of entity tags has that of a digest; a digest without quotes is taken for one too. */
function isListed(list: string, current: Digest | undefined): boolean {
  if (current === undefined) return false;
  const tags = list.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.some((tag) => tag === '*' || tag === current || tag === entityTag(current));
}
