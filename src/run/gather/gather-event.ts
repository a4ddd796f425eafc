import { readFile } from 'node:fs/promises';
import { ciProviderOf, decodeEnvironmentEvent } from '../../ci/context/environment-event.ts';
import type { WrittenEvent } from '../../ci/context/simulate-event.ts';
import { Fault } from '../../errors/fault.ts';
import type { Host } from '../../host/host.ts';
import { type EventFacts, noEvent } from '../../plan/event-facts.ts';

export interface GatherEventOptions {
  readonly host: Host;
  /** A folder of the work tree; absolute. */
  readonly root: string;
  /** Whether git is asked for what the environment does not tell. It costs some processes. */
  readonly asksGit: boolean;
  /** What happened as the user says it; it goes before what really happened. Default: that. */
  readonly simulated?: WrittenEvent | undefined;
}

/**
 * What happened that this run answers: as the CI service tells it, completed by git; or git alone; or nothing.
 *
 * @throws {Fault} EVENT_MALFORMED, DOCUMENT_MALFORMED, EVENT_UNREADABLE, PROCESS_TIMED_OUT
 */
export async function gatherEvent({ host, root, asksGit, simulated }: GatherEventOptions): Promise<EventFacts> {
  const told = decodeEnvironmentEvent(host.env, await readPayload(host));
  const base = asksGit ? await completeByGit(told, { host, root }) : (told ?? noEvent);
  if (simulated === undefined) return base;
  const { simulateEvent } = await import('../../ci/context/simulate-event.ts');
  return simulateEvent(simulated, base);
}

/** What the environment tells goes before what git tells; the date of a commit is only taken where it is the same one. */
async function completeByGit(
  told: EventFacts | undefined,
  place: { readonly host: Host; readonly root: string },
): Promise<EventFacts> {
  if (told !== undefined && isWhole(told)) return told;
  const [{ readGit }, { decodeGitEvent }] = await Promise.all([
    import('./read-git.ts'),
    import('../../ci/context/git-event.ts'),
  ]);
  const answers = await readGit(place);
  if (answers === undefined) return told ?? noEvent;
  const git = decodeGitEvent(answers);
  if (told === undefined) return git;
  const isSame = told.sha === '' || told.sha === git.sha;
  return {
    ...(isSame && git.commitDate !== undefined ? { commitDate: git.commitDate } : {}),
    ...(git.defaultBranch === undefined ? {} : { defaultBranch: git.defaultBranch }),
    ...(git.repository === undefined ? {} : { repository: git.repository }),
    ...told,
    ref: told.ref === '' ? git.ref : told.ref,
    sha: told.sha === '' ? git.sha : told.sha,
  };
}

function isWhole({ ref, sha, commitDate, defaultBranch, repository }: EventFacts): boolean {
  return ref !== '' && sha !== '' && [commitDate, defaultBranch, repository].every((fact) => fact !== undefined);
}

/** GitHub's document of the event. That it is named but not there happens where others play GitHub, and is no fault. */
async function readPayload({ env }: Host): Promise<Uint8Array | undefined> {
  const path = env['GITHUB_EVENT_PATH'] ?? '';
  if (path === '' || ciProviderOf(env) !== 'github') return undefined;
  try {
    return await readFile(path);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new Fault('EVENT_UNREADABLE', `Cannot read the event in "${path}" that GITHUB_EVENT_PATH names`, {
      cause,
      where: { file: path },
    });
  }
}
