import { type Fault, isFault } from '../errors/fault.ts';
import { failureOf } from './answer.ts';
import { type Attempted, attempt } from './attempt.ts';
import { hasBlob } from './blob.ts';
import type { BlobSource } from './blob-source.ts';
import { decodeErrorBody } from './error-body.ts';
import { withDigest } from './location.ts';
import type { Patience, Tried } from './patience.ts';
import { operationAt, type Place } from './place.ts';
import { Progress } from './progress.ts';
import { answerFault, brokenFault, type Operation } from './registry-fault.ts';
import { type Failure, failureOfFault } from './retry.ts';
import { pushScope } from './scope.ts';
import {
  cancelUpload,
  mountBlob,
  nextSession,
  openUpload,
  receivedBytes,
  type UploadSession,
} from './upload-session.ts';
import { judgeSetback } from './upload-setback.ts';
import { portion, verified } from './verified.ts';
import { commitLimits } from './wire-limits.ts';

/** What became of an upload. `existed`: the registry had it; `mounted`: taken over from another repository there. */
export type UploadOutcome = 'uploaded' | 'existed' | 'mounted';

export interface UploadOptions {
  /** Repositories of the same registry that may hold the blob already, best first. */
  readonly mountFrom?: readonly string[];
  /** The task that the progress of this blob is shown under. */
  readonly parentTask?: string;
}

/** How the bytes are sent: in one PUT, in one PATCH, or in pieces of so many bytes. */
type Manner = 'put' | 'patch' | number;

const restartsAtMost = 3;
const restartDelayMs = 500;

/**
 * Puts a blob: HEAD, then a mount, then one PUT with all bytes. What the registry has received before a fault is not sent
 * again where it can tell how much that is; where it loses the session, finds the digest wrong or wants smaller pieces, a
 * new session is opened. After every doubtful answer the blob is asked for first: it may be there.
 * @throws {Fault} DIGEST_MISMATCH, SIZE_MISMATCH where the source is not what it is named
 */
export async function uploadBlob(
  place: Place,
  source: BlobSource,
  options: UploadOptions = {},
): Promise<UploadOutcome> {
  const { host, gate, registry } = place.session;
  const progress = new Progress({
    host,
    id: `push ${registry}/${place.name}@${source.digest}`,
    title: `push ${source.digest.slice(0, 19)} to ${registry}/${place.name}`,
    totalBytes: source.size,
    parent: options.parentTask,
  });
  try {
    const outcome = (await hasBlob(place, source, { isPushing: true }))
      ? 'existed'
      : await gate.upload(() => new BlobUpload({ place, source, progress }).run(options.mountFrom ?? []), host.signal);
    progress.end(outcome === 'uploaded' ? 'done' : 'cached', outcome);
    return outcome;
  } catch (error) {
    progress.end('failed');
    throw error;
  }
}

interface BlobUploadOptions {
  readonly place: Place;
  readonly source: BlobSource;
  readonly progress: Progress;
}

class BlobUpload {
  readonly #place: Place;
  readonly #source: BlobSource;
  readonly #progress: Progress;
  readonly #operation: Operation;
  readonly #patience: Patience;
  #session: UploadSession | undefined;
  #offset = 0;
  #furthest = 0;
  #manner: Manner = 'put';
  #restartCount = 0;
  #mayResume = true;
  #sourceFailed = false;

  constructor({ place, source, progress }: BlobUploadOptions) {
    this.#place = place;
    this.#source = source;
    this.#progress = progress;
    this.#patience = place.session.patience();
    this.#operation = operationAt(place, {
      what: `push the blob ${source.digest} to`,
      reference: source.digest,
      missing: 'REGISTRY_REFUSED',
    });
  }

  async run(mountFrom: readonly string[]): Promise<'uploaded' | 'mounted'> {
    try {
      if (await this.#mount(mountFrom)) return 'mounted';
      for (;;) {
        const failed = await this.#step();
        if (failed === undefined || (await this.#recover(failed))) return 'uploaded';
      }
    } catch (error) {
      await this.#forget();
      throw error;
    }
  }

  async #mount(repositories: readonly string[]): Promise<boolean> {
    for (const from of repositories) {
      const mounted = await mountBlob(this.#place, this.#source, { operation: this.#operation, from });
      if (mounted === 'mounted') return true;
      // A mount whose answer was lost may have worked all the same.
      if (mounted === 'lost' && (await this.#isThere())) return true;
      if (mounted === 'refused' || mounted === 'lost') continue;
      this.#session = mounted;
      return false;
    }
    return false;
  }

  /** Sends what the registry has not got yet. Gives the answer that was not a success. */
  async #step(): Promise<Attempted | undefined> {
    this.#session ??= await openUpload(this.#place, this.#source, this.#shared());
    try {
      if (this.#manner === 'put' && this.#offset === 0) return await this.#commit(this.#source.size);
      while (this.#offset < this.#source.size) {
        const failed = await this.#sendPiece();
        if (failed !== undefined) return failed;
      }
      return await this.#commit(0);
    } catch (error) {
      // Damaged bytes from a source that fetches them are often whole the second time.
      if (!isFault(error, 'DIGEST_MISMATCH', 'SIZE_MISMATCH') || this.#sourceFailed) throw error;
      this.#sourceFailed = true;
      await this.#forget();
      return this.#step();
    }
  }

  async #sendPiece(): Promise<Attempted | undefined> {
    const length = Math.min(this.#pieceBytes(), this.#source.size - this.#offset);
    const end = this.#offset + length;
    const attempted = await this.#send('PATCH', length, {
      'content-type': 'application/octet-stream',
      'content-range': `${this.#offset}-${end - 1}`,
    });
    if (attempted.kind === 'broken' || attempted.answer.status >= 300) return attempted;
    await attempted.answer.response.discard();
    this.#adopt(attempted);
    // What the Range header of the answer says is not trusted: ECR's is stale, Zot's too small.
    this.#reach(end);
    return undefined;
  }

  /** Ends the session, with all bytes or with none left. */
  async #commit(length: number): Promise<Attempted | undefined> {
    const attempted = await this.#send('PUT', length, { 'content-type': 'application/octet-stream' });
    if (attempted.kind === 'broken' || attempted.answer.status >= 300) return attempted;
    await attempted.answer.response.discard();
    return attempted.answer.status === 202 ? attempted : undefined;
  }

  #send(method: 'PUT' | 'PATCH', length: number, headers: Readonly<Record<string, string>>): Promise<Attempted> {
    const { session, name } = this.#place;
    const location = this.#session?.location ?? session.root;
    const url = method === 'PUT' ? withDigest(location, this.#source.digest) : location;
    const limits = method === 'PUT' ? commitLimits(session.limits, this.#source.size) : session.limits;
    const body = { size: length, open: () => this.#bytes(length) };
    return attempt(session, { method, url, headers, body, scopes: [pushScope(name)], limits });
  }

  /** The next bytes of the source; checked against the digest where they are all. */
  async *#bytes(length: number): AsyncGenerator<Uint8Array> {
    let sent = this.#offset;
    const all = length === this.#source.size;
    const opened = this.#source.open(this.#offset);
    const where = { repository: this.#place.name, side: 'source' } as const;
    const pieces = all ? verified(opened, this.#source, where) : portion(opened, this.#source, length);
    for await (const piece of pieces) {
      yield piece;
      sent += piece.byteLength;
      this.#progress.reached(sent);
    }
  }

  /** Prepares the next step after one that failed. True where the blob turns out to be there. */
  async #recover(failed: Attempted): Promise<boolean> {
    const failure = this.#failure(failed);
    const setback = judgeSetback({
      failure,
      codes: failure.kind === 'status' ? decodeErrorBody(failure.text).codes : [],
      pieceBytes: Math.min(this.#pieceBytes(), this.#source.size),
      smallestPieceBytes: this.#session?.smallestPieceBytes ?? 1,
    });
    switch (setback.kind) {
      case 'final':
        throw this.#fault(failed);
      case 'too-large':
        this.#manner = setback.pieceBytes;
        await this.#forget();
        return false;
      case 'session-lost':
        return this.#restart(failed);
      case 'wait': {
        const tried = await this.#patience.next(failure);
        if (tried !== undefined) throw this.#fault(failed, tried);
        if (await this.#isThere()) return true;
        await this.#resume();
        return false;
      }
    }
  }

  /** A new session, at most three times; from the second on by PATCH, which some registries want. */
  async #restart(failed: Attempted): Promise<boolean> {
    this.#restartCount += 1;
    if (this.#restartCount > restartsAtMost) throw this.#fault(failed);
    if (await this.#isThere()) return true;
    const { host } = this.#place.session;
    await host.clock.sleep(restartDelayMs * this.#restartCount, host.signal);
    if (this.#offset > 0) this.#mayResume = false;
    if (this.#restartCount > 1 && this.#manner === 'put') this.#manner = 'patch';
    await this.#forget();
    return false;
  }

  /** Goes on where the registry says that it stopped, or from the start in a new session. */
  async #resume(): Promise<void> {
    if (this.#session === undefined) return;
    const received = this.#mayResume ? await receivedBytes(this.#place, this.#session, this.#shared()) : undefined;
    if (received === undefined || received.bytes > this.#source.size) return this.#forget();
    this.#session = received.session;
    this.#reach(received.bytes);
    this.#progress.reached(received.bytes);
  }

  /** Only bytes that no earlier session had are progress: else a registry that loses each session is tried for ever. */
  #reach(offset: number): void {
    this.#offset = offset;
    if (offset <= this.#furthest) return;
    this.#furthest = offset;
    this.#patience.progressed();
  }

  async #forget(): Promise<void> {
    if (this.#session !== undefined) await cancelUpload(this.#place, this.#session);
    this.#session = undefined;
    this.#offset = 0;
  }

  #isThere(): Promise<boolean> {
    return hasBlob(this.#place, this.#source, { isPushing: true, patience: this.#patience });
  }

  #adopt(attempted: Attempted): void {
    if (this.#session === undefined || attempted.kind === 'broken') return;
    this.#session = nextSession(this.#operation, this.#session, attempted.answer);
  }

  #pieceBytes(): number {
    return typeof this.#manner === 'number' ? this.#manner : this.#source.size;
  }

  #shared(): { readonly operation: Operation; readonly patience: Patience } {
    return { operation: this.#operation, patience: this.#patience };
  }

  #failure(failed: Attempted): Failure {
    if (failed.kind === 'broken') return failureOfFault(failed.fault);
    return failureOf(failed.answer, this.#place.session.host.clock.now());
  }

  #fault(failed: Attempted, tried?: Tried): Fault {
    return failed.kind === 'broken'
      ? brokenFault(this.#operation, failed.fault, tried)
      : answerFault(this.#operation, failed.answer, tried);
  }
}
