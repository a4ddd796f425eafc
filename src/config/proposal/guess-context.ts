import { basename, dirname, join } from 'node:path/posix';
import { isDockerfile } from './find-dockerfiles.ts';

/** Folders that hold Dockerfiles and not what goes into images. */
const asides = /^\.?(?:docker(?:files?)?|containers?|build|deploy(?:ment)?|ci|images?)$/i;

/** Whether a folder is, by its name, for Dockerfiles alone. */
export function isAside(folder: string): boolean {
  return asides.test(basename(folder));
}

/**
 * The context of a Dockerfile that nothing names: of its own folder and those above, the one in which most lies of what it
 * copies, the nearest of equals. Where nothing of that is there yet it is its own folder, or the project where that is one
 * for Dockerfiles alone.
 *
 * @param folder of the Dockerfile
 * @param sources as COPY and ADD have them
 * @param paths every file of the project
 */
export function guessContext(folder: string, sources: readonly string[], paths: readonly string[]): string {
  const places = [folder, ...foldersAbove(folder).filter((place) => !isAside(place))];
  const counts = places.map((place) => sources.filter((source) => liesIn(place, source, paths)).length);
  const most = Math.max(...counts);
  if (most === 0) return isAside(folder) && sources.length > 0 ? '.' : folder;
  return places[counts.indexOf(most)] ?? folder;
}

function foldersAbove(folder: string): readonly string[] {
  return folder === '.' ? [] : [dirname(folder), ...foldersAbove(dirname(folder))];
}

/** `.` lies where there is anything but Dockerfiles; in a folder for those it stands for another one. */
function liesIn(folder: string, source: string, paths: readonly string[]): boolean {
  const known = source.replace(/[^/]*[*?[$\\].*$/, '').replace(/^\.?\/+/, '');
  const place = join(folder, known).replace(/\/$/, '');
  if (place === folder)
    return (
      !isAside(folder) &&
      paths.some((path) => isBelow(path, folder) && !/\.dockerignore$/.test(path) && !isDockerfile(path))
    );
  return paths.some((path) => path === place || isBelow(path, place));
}

function isBelow(path: string, folder: string): boolean {
  return folder === '.' || path.startsWith(`${folder}/`);
}
