import { isAbsolute, join } from 'node:path/posix';

/** A path of the config as an absolute one: what is relative counts from the config's folder. */
export function pathBelow(root: string, path: string): string {
  return isAbsolute(path) ? join(path) : join(root, path);
}
