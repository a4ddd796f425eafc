import { posix } from 'node:path';

/** Paths inside a tree are relative, clean and without slashes at either end; the root is the empty text. */
export const rootPath = '';

/** The clean form of any path of an image or a context, `..` stopping at the root: `/a//b/../c/` is `a/c`. */
export function cleanPath(path: string): string {
  return posix.join('/', path).replace(/\/+$/, '').slice(1);
}

export function joinPath(folder: string, name: string): string {
  return folder === rootPath ? name : `${folder}/${name}`;
}

/** The folder that a path lies in; the root for the root itself. */
export function parentPath(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? rootPath : path.slice(0, slash);
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Whether a path is the folder itself or lies anywhere below it. */
export function isInside(path: string, folder: string): boolean {
  return folder === rootPath || path === folder || path.startsWith(`${folder}/`);
}

/** The folders above a path, outermost first, without the root. */
export function ancestorsOf(path: string): readonly string[] {
  const found: string[] = [];
  for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1))
    found.push(path.slice(0, slash));
  return found;
}

/** Orders paths so that a folder comes right before all that lies in it. */
export function comparePaths(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const left = a.charCodeAt(at);
    const right = b.charCodeAt(at);
    if (left !== right) return (left === slashCode ? -1 : left) - (right === slashCode ? -1 : right);
  }
  return a.length - b.length;
}

const slashCode = 47;
