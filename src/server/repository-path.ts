import { join } from 'node:path';
import { isRepository } from '../oci/reference.ts';

/**
 * The names that the folder of a repository holds besides the repositories below it, and those that Windows cannot give
 * to a folder. All of them can be a part of a repository's name.
 */
const reservedPattern = /^(?:blobs|index\.json|oci-layout|(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?)$/;

/**
 * The folder of a repository within that of the registry: its name, part by part. A reserved part gets an underscore at
 * its end, where no part of a repository's name can have one: the repository `a/blobs` lies in `a/blobs_`, and so never
 * in the folder `blobs` of the repository `a`.
 */
export function repositoryDirectory(root: string, name: string): string {
  return join(root, ...name.split('/').map((part) => (reservedPattern.test(part) ? `${part}_` : part)));
}

/** The part of a repository's name that a folder stands for; undefined where it stands for none. */
export function partOfDirectory(folder: string): string | undefined {
  const part = folder.endsWith('_') ? folder.slice(0, -1) : folder;
  const isEscaped = part !== folder;
  return isRepository(part) && !part.includes('/') && reservedPattern.test(part) === isEscaped ? part : undefined;
}
