import { type Fault, type FaultWhere, isFault } from '../errors/fault.ts';
import { isIndexType, isManifestType } from '../oci/media-types.ts';
import { type Answer, failureOf } from './answer.ts';
import { attempt } from './attempt.ts';
import type { ContentName } from './blob-source.ts';
import type { Patience, Tried } from './patience.ts';
import { blobUrl, manifestAccept, manifestUrl, operationAt, type Place } from './place.ts';
import { Progress } from './progress.ts';
import { answerFault, brokenFault, malformedAnswer, type Operation } from './registry-fault.ts';
import { type Failure, failureOfFault, isPassing } from './retry.ts';
import { pullScope } from './scope.ts';
import { verified } from './verified.ts';

export interface ReadOptions {
  /** Bytes to leave out at the front. Content is verified only when it is read from 0. Default: 0. */
  readonly offset?: number;
  /** The task that the progress of this blob is shown under; without it no progress is shown. */
  readonly parentTask?: string;
}

const verifiedBeforeBytes = 1024 * 1024;
const progressBytes = 1024 * 1024;
const damagedAtMost = 2;
const expired: Failure = { kind: 'broken', retryable: true, isStall: false };

/**
 * Streams content. After a fault it goes on at the byte where it stopped. Content up to 1 MiB is verified before its first
 * byte is handed on, and fetched once more where it was damaged; larger content throws at its end.
 * @throws {Fault} CONTENT_MISSING, DIGEST_MISMATCH, SIZE_MISMATCH
 */
export async function* readContent(
  place: Place,
  content: ContentName,
  options: ReadOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const progress = progressOf(place, content, options);
  const offset = options.offset ?? 0;
  let doneBytes = offset;
  let outcome: 'done' | 'failed' = 'failed';
  try {
    for await (const piece of piecesOf(place, content, offset)) {
      yield piece;
      doneBytes += piece.byteLength;
      progress?.reached(doneBytes);
    }
    outcome = 'done';
  } finally {
    progress?.end(outcome);
  }
}

/** Hands content to `receive`; where it turns out damaged, once more from the start. */
export async function downloadContent<Received>(
  place: Place,
  content: ContentName,
  options: ReadOptions & { readonly receive: (bytes: AsyncIterable<Uint8Array>) => Promise<Received> },
): Promise<Received> {
  for (let tries = 1; ; tries += 1) {
    const reading = new DamageNotice();
    try {
      return await options.receive(reading.watch(readContent(place, content, options)));
    } catch (error) {
      if (!reading.isDamaged || tries >= damagedAtMost) throw error;
    }
  }
}

/** Remembers whether a stream turned out damaged, whatever its consumer makes of that. */
class DamageNotice {
  isDamaged = false;

  async *watch(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      yield* pieces;
    } catch (error) {
      this.isDamaged = isDamage(error);
      throw error;
    }
  }
}

function isDamage(error: unknown): boolean {
  return isFault(error, 'DIGEST_MISMATCH', 'SIZE_MISMATCH');
}

function piecesOf(place: Place, content: ContentName, offset: number): AsyncIterable<Uint8Array> {
  const resumed = new ResumedRead(place, content);
  if (offset > 0) return resumed.pieces(offset);
  if (content.size <= verifiedBeforeBytes) return wholeAtOnce(place, content);
  return verified(resumed.pieces(0), content, whereOf(place, content));
}

async function* wholeAtOnce(place: Place, content: ContentName): AsyncGenerator<Uint8Array> {
  for (let tries = 1; ; tries += 1) {
    try {
      const pieces: Uint8Array[] = [];
      const read = new ResumedRead(place, content).pieces(0);
      for await (const piece of verified(read, content, whereOf(place, content))) pieces.push(piece);
      yield Buffer.concat(pieces);
      return;
    } catch (error) {
      if (!isDamage(error) || tries >= damagedAtMost) throw error;
    }
  }
}

/** Reads from an offset to the end, over as many connections as it takes. Does not verify. */
class ResumedRead {
  readonly #place: Place;
  readonly #content: ContentName;
  readonly #operation: Operation;
  readonly #patience: Patience;
  #at = 0;
  #failedAt = 0;
  #shortCount = 0;
  #isManifest: boolean;

  constructor(place: Place, content: ContentName) {
    this.#place = place;
    this.#content = content;
    this.#patience = place.session.patience();
    this.#isManifest = isManifestType(content.mediaType ?? '') || isIndexType(content.mediaType ?? '');
    const reference = content.digest;
    this.#operation = operationAt(place, {
      what: `fetch ${content.digest} from`,
      reference,
      missing: 'CONTENT_MISSING',
    });
  }

  async *pieces(offset: number): AsyncGenerator<Uint8Array, void, undefined> {
    const { size } = this.#content;
    this.#at = offset;
    this.#failedAt = offset;
    while (this.#at < size || offset === 0) {
      const asked = await this.#ask();
      if (asked === 'again') continue;
      if (asked === 'ended') return;
      try {
        for await (const piece of this.#take(asked)) {
          this.#at += piece.byteLength;
          yield piece;
        }
      } catch (error) {
        if (!isFault(error) || !error.retryable) throw error;
        await this.#wait(failureOfFault(error), (tried) => brokenFault(this.#operation, error, tried));
        continue;
      }
      if (this.#at >= size) return;
      // An answer that ends early, and does not break, is short; once that may be a fault on the way.
      this.#shortCount += 1;
      if (this.#shortCount > 1) return;
    }
  }

  async #ask(): Promise<Answer | 'again' | 'ended'> {
    const { session, name } = this.#place;
    const { digest, mediaType } = this.#content;
    const url = this.#isManifest ? manifestUrl(this.#place, digest) : blobUrl(this.#place, digest);
    const headers = {
      ...(this.#isManifest ? { accept: mediaType ?? manifestAccept } : {}),
      ...(this.#at > 0 ? { range: `bytes=${this.#at}-` } : {}),
    };
    const attempted = await attempt(session, { method: 'GET', url, headers, scopes: [pullScope(name)] });
    if (attempted.kind === 'broken') {
      const { fault } = attempted;
      await this.#wait(failureOfFault(fault), (tried) => brokenFault(this.#operation, fault, tried));
      return 'again';
    }
    const { answer } = attempted;
    if (answer.status === 200 || answer.status === 206) return answer;
    // Nothing stands behind what an answer that ended early gave: the content is short, and whoever verifies it says so.
    if (answer.status === 416 && this.#at > 0 && this.#shortCount > 0) return 'ended';
    if (answer.status === 404 && mediaType === undefined && !this.#isManifest) {
      this.#isManifest = true;
      return 'again';
    }
    const failure = failureOf(answer, session.host.clock.now());
    if (!isPassing(failure) && !this.#mayHaveExpired(answer)) throw answerFault(this.#operation, answer);
    await this.#wait(isPassing(failure) ? failure : expired, (tried) => answerFault(this.#operation, answer, tried));
    return 'again';
  }

  /** Storage behind a registry refuses a signed address that has expired; the registry gives a new one, once. */
  #mayHaveExpired(answer: Answer): boolean {
    if (answer.isHome || answer.status < 400 || this.#shortCount > 0) return false;
    this.#shortCount += 1;
    return true;
  }

  /** The bytes of an answer from where this read stands; what is sent again is passed over. */
  async *#take(answer: Answer): AsyncGenerator<Uint8Array> {
    const { response } = answer;
    const start = answer.status === 206 ? rangeStart(response.header('content-range')) : 0;
    if (response.mediaType === 'text/html') {
      await response.discard();
      throw malformedAnswer(this.#operation, `${response.url.host} answers with a web page`);
    }
    if (start === undefined || start > this.#at) {
      await response.discard();
      throw malformedAnswer(this.#operation, `${response.url.host} sends another part than it was asked for`);
    }
    let surplus = this.#at - start;
    for await (const piece of response.pieces()) {
      const passed = Math.min(surplus, piece.byteLength);
      surplus -= passed;
      if (passed < piece.byteLength) yield piece.subarray(passed);
    }
  }

  async #wait(failure: Failure, fault: (tried: Tried) => Fault): Promise<void> {
    const step = Math.min(progressBytes, Math.max(1, this.#content.size / 10));
    if (this.#at - this.#failedAt >= step) this.#patience.progressed();
    this.#failedAt = this.#at;
    const tried = await this.#patience.next(failure);
    if (tried !== undefined) throw fault(tried);
  }
}

function rangeStart(contentRange: string | undefined): number | undefined {
  const start = /^bytes (\d+)-/.exec(contentRange ?? '')?.[1];
  return start === undefined ? undefined : Number(start);
}

function whereOf({ session, name }: Place, { digest }: ContentName): FaultWhere {
  const side = session.side === undefined ? {} : { side: session.side };
  return { registry: session.registry, repository: name, reference: digest, ...side };
}

function progressOf(
  { session, name }: Place,
  { digest, size }: ContentName,
  options: ReadOptions,
): Progress | undefined {
  const { parentTask } = options;
  if (parentTask === undefined) return undefined;
  const { host, registry } = session;
  return new Progress({
    host,
    id: `pull ${registry}/${name}@${digest}`,
    title: `pull ${digest.slice(0, 19)} from ${registry}/${name}`,
    totalBytes: size,
    parent: parentTask,
  });
}
