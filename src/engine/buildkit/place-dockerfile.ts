import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Fault } from '../../errors/fault.ts';
import type { Recipe } from '../../plan/cell.ts';

/**
 * The Dockerfile to give to buildx. Where patterns are left out of the context besides those of the user, that is a copy in
 * `folder` with an ignore file of its own beside it, which BuildKit reads before `.dockerignore`: the user's patterns, then
 * ours. Nothing is written to the user's folder.
 * https://docs.docker.com/build/concepts/context/#filename-and-location
 * @throws {Fault} DOCKERFILE_MISSING, CONTEXT_UNREADABLE
 */
export async function placeDockerfile(recipe: Recipe, folder: string): Promise<string> {
  const { dockerfile, context, contextIgnore = [] } = recipe;
  const text = await readIfThere(dockerfile);
  if (text === undefined) {
    throw new Fault('DOCKERFILE_MISSING', `Cannot read "${dockerfile}": there is no such file`, {
      where: { path: dockerfile },
    });
  }
  if (contextIgnore.length === 0) return dockerfile;
  const own = await readIfThere(`${dockerfile}.dockerignore`);
  const ignore = own ?? (await readIfThere(join(context, '.dockerignore'))) ?? Buffer.alloc(0);
  const placed = join(folder, basename(dockerfile));
  await writeFile(placed, text);
  await writeFile(`${placed}.dockerignore`, Buffer.concat([ignore, Buffer.from(`\n${contextIgnore.join('\n')}\n`)]));
  return placed;
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(code)) return undefined;
    throw new Fault('CONTEXT_UNREADABLE', `Cannot read "${path}": the system answers ${code}`, {
      cause: error,
      where: { path },
    });
  }
}
