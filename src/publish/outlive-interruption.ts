import { setMaxListeners } from 'node:events';
import { Fault, isFault } from '../errors/fault.ts';
import type { Host } from '../host/host.ts';
import type { Destination } from '../plan/plan.ts';
import type { ImageStore } from '../store/content-store.ts';
import type { CompareCommits } from './move-tag.ts';
import { readPublishRecord } from './publish-journal.ts';
import { settleMoves } from './settle-moves.ts';
import type { OpenForWriting } from './stage-destination.ts';
import type { RepositoryDestination } from './target.ts';

export interface InterruptibleOptions {
  readonly host: Host;
  /** The folder of the run. */
  readonly folder?: string | undefined;
  readonly open: (destination: Destination, options: OpenForWriting) => Promise<ImageStore>;
  readonly allowDowngrade: readonly string[];
  readonly compareCommits?: CompareCommits | undefined;
}

/** What is left to end the moves after an interruption, in milliseconds. */
const graceMs = 20_000;

/**
 * Runs work that moves tags. An interruption in the middle must not leave some moved and some not: the moves are ended, or
 * taken back, within twenty seconds, and only then is the interruption handed on.
 */
export async function outliveInterruption<Result>(
  options: InterruptibleOptions,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (isFault(error, 'INTERRUPTED') || options.host.signal.aborted) await settleCalmly(options);
    throw error;
  }
}

async function settleCalmly({ host, folder, open, ...rest }: InterruptibleOptions): Promise<void> {
  const record = folder === undefined ? undefined : await readPublishRecord(folder);
  if (record?.state !== 'moving') return;
  const deadline = new AbortController();
  const done = new AbortController();
  // Every request that goes on listens to it.
  setMaxListeners(0, deadline.signal);
  const calm: Host = { ...host, signal: deadline.signal };
  host.clock.sleep(graceMs, done.signal).then(
    () => deadline.abort(new Fault('INTERRUPTED', 'Cannot end the tag moves within the time left')),
    () => undefined,
  );
  try {
    await settleMoves(record, {
      ...rest,
      host: calm,
      folder,
      isConfirmed: true,
      openPlace: ({ repository, required, insecure }) => {
        const destination: RepositoryDestination = { kind: 'repository', repository, required, tags: [] };
        return open(insecure === undefined ? destination : { ...destination, insecure }, { host: calm, mountFrom: [] });
      },
    });
  } finally {
    done.abort(new Error('done'));
  }
}
