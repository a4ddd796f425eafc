import { readdir } from 'node:fs/promises';
import { basename, dirname, relative } from 'node:path';
import { Fault } from '../../errors/fault.ts';

/** What Dockerfiles are called, in any case: `Dockerfile`, `Containerfile`, `Dockerfile.dev`, `dev.Dockerfile`. */
const usualName = /^(?:[^.].*\.)?(?:docker|container)file(?:\..+)?$/i;

/** Tells why a Dockerfile cannot be read, and what stands in its folder that may be meant. */
export async function missingDockerfile(
  file: string,
  { root, cause }: { readonly root: string; readonly cause: unknown },
): Promise<Fault> {
  const names = await namesIn(dirname(file));
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const below = relative(root, file);
  const shown = below.startsWith('..') ? file : below;
  const hint = hintOf(names, basename(file));
  return new Fault('DOCKERFILE_MISSING', `Cannot build "${root}": ${reasonOf(code, shown)}`, {
    where: { file },
    ...(hint === undefined ? {} : { hint }),
    ...(code === 'ENOENT' || code === 'EISDIR' ? {} : { cause }),
  });
}

function reasonOf(code: unknown, shown: string): string {
  if (code === 'ENOENT') return `there is no file "${shown}", expected one there`;
  if (code === 'EISDIR') return `"${shown}" is a folder, expected a Dockerfile`;
  return `"${shown}" cannot be read`;
}

function hintOf(names: readonly string[], missing: string): string | undefined {
  const similar = names.filter((name) => usualName.test(name) && name !== missing).sort();
  if (similar.length > 0) return `Name it with -f; there is ${similar.slice(0, 3).join(', ')}`;
  return names.length === 0 ? 'The folder is empty: write a Dockerfile in it, or give another folder' : undefined;
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch {
    // A folder that cannot be listed gives no hint.
    return [];
  }
}
