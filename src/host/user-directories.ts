import { homedir } from 'node:os';
import { posix, resolve, win32 } from 'node:path';

export interface UserDirectoryFacts {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Relative paths of the user are resolved against it. */
  readonly workingDirectory: string;
  /** As `process.platform` names it. Default: this machine's. */
  readonly os?: string;
  /** Default: what the system says. */
  readonly home?: string;
}

/**
 * The folder of the build cache: `POLYARCH_CACHE_DIR`, else the place that the operating system has for caches:
 * `$XDG_CACHE_HOME/polyarch` or `~/.cache/polyarch`, on macOS `~/Library/Caches/polyarch`, on Windows
 * `%LOCALAPPDATA%\polyarch\Cache`. Always absolute; nothing is made on disk.
 *
 * https://specifications.freedesktop.org/basedir-spec/0.8/#variables (a relative XDG_CACHE_HOME is ignored)
 */
export function cacheDirectory(facts: UserDirectoryFacts): string {
  const { env, workingDirectory, os = process.platform } = facts;
  const chosen = env['POLYARCH_CACHE_DIR'];
  if (chosen !== undefined && chosen !== '') return resolve(workingDirectory, chosen);
  if (os === 'win32') {
    const local = env['LOCALAPPDATA'] ?? win32.join(homeOf(facts, 'USERPROFILE'), 'AppData', 'Local');
    return win32.join(local, 'polyarch', 'Cache');
  }
  const xdg = env['XDG_CACHE_HOME'];
  if (xdg !== undefined && posix.isAbsolute(xdg)) return posix.join(xdg, 'polyarch');
  const home = homeOf(facts, 'HOME');
  return os === 'darwin' ? posix.join(home, 'Library/Caches/polyarch') : posix.join(home, '.cache/polyarch');
}

function homeOf({ env, home }: UserDirectoryFacts, variable: 'HOME' | 'USERPROFILE'): string {
  if (home !== undefined) return home;
  const named = env[variable];
  return named === undefined || named === '' ? homedir() : named;
}
