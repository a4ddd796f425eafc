import { Fault } from '../errors/fault.ts';
import { formatReference, parseReference } from '../oci/reference.ts';

/**
 * A repository without tag and digest, in full: `acme/app` is `docker.io/acme/app`.
 *
 * @throws {Fault} REFERENCE_MALFORMED
 */
export function readRepository(text: string): string {
  const { registry, repository, tag, digest } = parseReference(text);
  if (tag !== undefined || digest !== undefined) {
    throw new Fault(
      'REFERENCE_MALFORMED',
      `Cannot use "${text}" as a repository: it has a ${digest === undefined ? 'tag' : 'digest'}, expected none; tags stand in "tags"`,
    );
  }
  return formatReference({ registry, repository });
}
