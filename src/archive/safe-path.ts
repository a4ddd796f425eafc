import { Fault } from '../errors/fault.ts';

/**
 * What is unsafe about a name in an archive:
 * `absolute` starts with a slash · `parent` has a `..` in it that stays inside · `outside` has one that climbs out ·
 * `nul` holds a NUL · `empty` is no name.
 */
export type PathHazard = 'absolute' | 'parent' | 'outside' | 'nul' | 'empty';

/** A name as it is to be used, and what was unsafe about how it was written. */
export interface PathJudgement {
  /** Relative and normalised: no `.`, `..`, doubled or trailing slash; `.` is the root. What is unsafe is taken away. */
  readonly path: string;
  readonly hazards: readonly PathHazard[];
}

/**
 * What to do about unsafe names. `refuse`: every hazard is a fault. `contain` (as Docker): absolute names are taken as
 * relative and inner `..` resolved, only what climbs out is a fault. `strip`: what climbs out stays at the root.
 * A NUL or an empty name is always a fault.
 */
export type PathPolicy = 'refuse' | 'contain' | 'strip';

/** Judges a name as it stands in an archive; stops path traversal ("zip slip") where the policy says so. Pure. */
export function judgePath(name: string): PathJudgement {
  if (!/^[./]|\/[./]|\/$|\0|^$/.test(name)) return { path: name, hazards: [] };
  const hazards: PathHazard[] = [];
  if (name === '') hazards.push('empty');
  if (name.includes('\0')) hazards.push('nul');
  if (name.startsWith('/')) hazards.push('absolute');
  const kept: string[] = [];
  for (const segment of name.split('/')) {
    if (segment === '..') hazards.push(kept.pop() === undefined ? 'outside' : 'parent');
    else if (segment !== '' && segment !== '.') kept.push(segment);
  }
  return { path: kept.length === 0 ? '.' : kept.join('/'), hazards };
}

/** The path that a policy makes of a name. @throws {Fault} ARCHIVE_PATH_UNSAFE */
export function admitPath(name: string, policy: PathPolicy, file?: string): string {
  const { path, hazards } = judgePath(name);
  const refused = hazards.find((hazard) => refusals[policy].includes(hazard));
  if (refused === undefined) return path;
  throw new Fault('ARCHIVE_PATH_UNSAFE', `Cannot read the archive entry ${JSON.stringify(name)}: ${because[refused]}`, {
    where: { path: name, ...(file === undefined ? {} : { file }) },
  });
}

const refusals: Readonly<Record<PathPolicy, readonly PathHazard[]>> = {
  refuse: ['empty', 'nul', 'outside', 'absolute', 'parent'],
  contain: ['empty', 'nul', 'outside'],
  strip: ['empty', 'nul'],
};

const because: Readonly<Record<PathHazard, string>> = {
  empty: 'its name is empty, expected a path',
  nul: 'its name holds a NUL byte, expected a path without',
  outside: 'its name leads out of the archive with "..", expected a path inside',
  absolute: 'its name starts at the root, expected a relative path',
  parent: 'its name has ".." in it, expected a path without',
};
