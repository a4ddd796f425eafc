import type { EventFacts } from '../../plan/event-facts.ts';
import { checkCommit, known, timeOf } from './environment.ts';
import { repositoryOfRemote } from './remote-repository.ts';

/** What git printed; empty where it had nothing to say. */
export interface GitAnswers {
  /** `symbolic-ref HEAD`: the branch, or nothing on a detached head. */
  readonly head: string;
  /** `log -1 --decorate=full --format=%H%n%cI%n%D`: commit, date, and the names that point at it. */
  readonly commit: string;
  /** `symbolic-ref refs/remotes/origin/HEAD` */
  readonly defaultBranch: string;
  /** `config --get remote.origin.url` */
  readonly remote: string;
  /** `for-each-ref --contains HEAD --format=%(refname)`; asked only where no name points at the commit. */
  readonly containing: string;
}

/**
 * The push that stands for the commit that is checked out. The ref of a detached head is found as Docker's toolkit does:
 * a tag or branch that points at it, else one that contains it.
 *
 * @throws {Fault} EVENT_MALFORMED
 */
export function decodeGitEvent(answers: GitAnswers): EventFacts {
  const [sha = '', date = '', names = ''] = answers.commit.split('\n');
  const defaultBranch = /^refs\/remotes\/[^/]+\/(.+)$/.exec(answers.defaultBranch.trim())?.[1];
  return {
    provider: 'git',
    name: 'push',
    ref: answers.head.trim() || refAmong(namesOf(names)) || refAmong(answers.containing.split('\n')) || '',
    sha: checkCommit(sha.trim(), 'HEAD of git'),
    ...known({ commitDate: timeOf(date.trim()), defaultBranch, repository: repositoryOfRemote(answers.remote) }),
    isCi: false,
  };
}

/** Whether a commit is all that is known of a detached head: no name points at it. */
export function isNameless({ head, commit }: Pick<GitAnswers, 'head' | 'commit'>): boolean {
  return head.trim() === '' && refAmong(namesOf(commit.split('\n')[2] ?? '')) === undefined;
}

/** Of `HEAD, tag: refs/tags/v1, refs/remotes/origin/main` the names but `HEAD`. */
function namesOf(decoration: string): readonly string[] {
  return decoration.split(', ').map((name) => name.replace(/^(?:HEAD -> |tag: )/, ''));
}

/** A tag before a pull request before a branch before a branch of a remote. */
function refAmong(names: readonly string[]): string | undefined {
  const trimmed = names.map((name) => name.trim());
  const remote = trimmed.find((name) => /^refs\/remotes\/[^/]+\/(?!HEAD$)./.test(name));
  return (
    trimmed.find((name) => name.startsWith('refs/tags/')) ??
    trimmed.find((name) => /^refs\/(?:remotes\/)?pull\/\d+\/(?:head|merge)$/.test(name))?.replace('remotes/', '') ??
    trimmed.find((name) => name.startsWith('refs/heads/')) ??
    remote?.replace(/^refs\/remotes\/[^/]+\//, 'refs/heads/')
  );
}
