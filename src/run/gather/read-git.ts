import type { GitAnswers } from '../../ci/context/git-event.ts';
import { isNameless } from '../../ci/context/git-event.ts';
import { isFault } from '../../errors/fault.ts';
import type { Host } from '../../host/host.ts';
import type { CommitOrder } from '../../plan/release-order.ts';

export interface GitPlace {
  readonly host: Host;
  /** A folder of the work tree; absolute. */
  readonly root: string;
}

/** What one question to git may take; a repository on a network disk is slow, none is this slow. */
const limitMs = 10_000;

/**
 * What git tells of the commit that is checked out. Undefined where there is no git, no repository or no commit.
 *
 * @throws {Fault} PROCESS_TIMED_OUT, INTERRUPTED
 */
export async function readGit(place: GitPlace): Promise<GitAnswers | undefined> {
  const [head, commit, defaultBranch, remote] = await Promise.all([
    ask(['symbolic-ref', '--quiet', 'HEAD'], place),
    ask(['log', '-1', '--decorate=full', '--format=%H%n%cI%n%D', 'HEAD'], place),
    ask(['symbolic-ref', '--quiet', 'refs/remotes/origin/HEAD'], place),
    ask(['config', '--get', 'remote.origin.url'], place),
  ]);
  if (commit === undefined) return undefined;
  const answers = {
    head: head ?? '',
    commit,
    defaultBranch: defaultBranch ?? '',
    remote: remote ?? '',
    containing: '',
  };
  return isNameless(answers) ? { ...answers, containing: await readContaining(place) } : answers;
}

/** The branches that hold the commit, those that moved last first. */
async function readContaining(place: GitPlace): Promise<string> {
  const args = ['for-each-ref', '--contains', 'HEAD', '--sort=-committerdate', '--format=%(refname)'];
  return (await ask([...args, 'refs/heads', 'refs/remotes'], place)) ?? '';
}

/**
 * How one commit stands to another. Undefined where git does not have both, as in a clone without history.
 *
 * @throws {Fault} PROCESS_TIMED_OUT, INTERRUPTED
 */
export async function compareCommits(
  { current, next }: { readonly current: string; readonly next: string },
  place: GitPlace,
): Promise<CommitOrder | undefined> {
  if (![current, next].every((commit) => /^[0-9a-f]{40,64}$/.test(commit))) return undefined;
  const base = await ask(['merge-base', current, next], place);
  if (base === undefined) return undefined;
  if (base.trim() === current) return 'newer';
  return base.trim() === next ? 'older' : 'apart';
}

/** Nothing that the repository configures is run for it: no pager, no check of signatures, no watcher of files. */
async function ask(args: readonly string[], { host, root }: GitPlace): Promise<string | undefined> {
  try {
    const { stdout } = await host.processes.run({
      program: 'git',
      args: ['--no-pager', '-c', 'log.showSignature=false', '-c', 'core.fsmonitor=false', ...args],
      env: { GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' },
      workingDirectory: root,
      timeoutMs: limitMs,
      maxOutputBytes: 4 * 1024 * 1024,
    });
    return stdout;
  } catch (problem) {
    if (isFault(problem, 'PROCESS_FAILED', 'PROGRAM_MISSING')) {
      warnOfDistrust(problem.frame, host);
      return undefined;
    }
    throw problem;
  }
}

/** Common in containers of CI services; without a word tags would simply be missing. */
function warnOfDistrust(frame: string | undefined, host: Host): void {
  if (frame?.includes('dubious ownership') !== true) return;
  host.emit({
    kind: 'note',
    level: 'warning',
    text: 'git does not read this repository, because another user owns the folder',
    hint: 'git config --global --add safe.directory "$PWD"',
  });
}
