import { isFault } from '../errors/fault.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { type Digest, digestOf } from '../oci/digest.ts';
import { decodeIndex, type ImageIndex } from '../oci/image-index.ts';
import { mediaTypes } from '../oci/media-types.ts';
import { type FetchedManifest, fetchManifest } from './manifest.ts';
import { randomFraction } from './patience.ts';
import { operationAt, type Place } from './place.ts';
import { putReference } from './put-manifest.ts';
import { changeReferrers, encodeReferrers, type ReferrersChange, referrersTag } from './referrer-entry.ts';
import { operationFault } from './registry-fault.ts';

const roundsAtMost = 40;
const shortestSettleMs = 150;
const longestSettleMs = 3000;
const contendedConfirmations = 3;

/** What the referrers tag of a subject lists; nothing where there is no such tag. */
export async function listReferrersTag(place: Place, subject: Digest): Promise<readonly Descriptor[]> {
  const { list } = await readTag(place, subject);
  return list?.manifests ?? [];
}

/**
 * Makes a change to the referrers tag of a subject and sees to it that it stays. Registries do not compare before they
 * store, so two writers who read the same list overwrite one another. Therefore: If-Match where the registry gives an
 * ETag; after the write a random pause, longer than a write takes here, and another look; and again until the change is
 * still there, several times in a row once other writers were seen. Entries of others seen on the way are restored too.
 * Writers in this process wait for one another.
 * @throws {Fault} REFERRERS_CONTENDED
 */
export async function changeReferrersTag(
  place: Place,
  subject: Digest,
  change: Pick<ReferrersChange, 'add' | 'remove'>,
): Promise<void> {
  const { referrersLocks: locks } = place.session.contact;
  const key = `${place.name}@${subject}`;
  const before = locks.get(key) ?? Promise.resolve();
  const mine = before.catch(() => undefined).then(() => new TagChange(place, subject, change).run());
  locks.set(key, mine);
  try {
    await mine;
  } finally {
    if (locks.get(key) === mine) locks.delete(key);
  }
}

interface ReadTag {
  readonly list?: ImageIndex;
  readonly fetched?: FetchedManifest;
}

async function readTag(place: Place, subject: Digest): Promise<ReadTag> {
  try {
    const fetched = await fetchManifest(place, referrersTag(subject));
    return { fetched, list: decodeIndex(fetched.bytes) };
  } catch (error) {
    if (isFault(error, 'MANIFEST_UNKNOWN', 'REPOSITORY_UNKNOWN')) return {};
    throw error;
  }
}

/** One change, from the first look to the last. */
class TagChange {
  readonly #place: Place;
  readonly #subject: Digest;
  readonly #change: Pick<ReferrersChange, 'add' | 'remove'>;
  readonly #seen = new Map<Digest, Descriptor>();
  #hasWritten = false;
  #isContended = false;
  #confirmedCount = 0;
  #writeMs = 0;

  constructor(place: Place, subject: Digest, change: Pick<ReferrersChange, 'add' | 'remove'>) {
    this.#place = place;
    this.#subject = subject;
    this.#change = change;
  }

  async run(): Promise<void> {
    const { host } = this.#place.session;
    for (let round = 0; round < roundsAtMost; round += 1) {
      const startedMs = host.clock.monotonicMs();
      const current = await readTag(this.#place, this.#subject);
      const keep = this.#lost(current);
      const next = changeReferrers(current.list, { ...this.#change, keep });
      if (next === undefined) {
        if (!this.#hasWritten) return;
        this.#confirmedCount += 1;
        if (this.#confirmedCount >= (this.#isContended ? contendedConfirmations : 1)) return;
      } else {
        this.#confirmedCount = 0;
        await this.#write(next, current, keep);
        this.#writeMs = Math.max(this.#writeMs, host.clock.monotonicMs() - startedMs);
      }
      await this.#settle();
    }
    const operation = operationAt(this.#place, { what: `list a referrer of ${this.#subject} in` });
    throw operationFault(operation, 'REFERRERS_CONTENDED', `its entry was overwritten ${roundsAtMost} times`);
  }

  /** Entries that were listed at an earlier look and are not now. Any that are new tell of other writers. */
  #lost({ list }: ReadTag): readonly Descriptor[] {
    const entries = list?.manifests ?? [];
    const now = new Set(entries.map(({ digest }) => digest));
    const own = this.#change.add?.digest ?? this.#change.remove;
    const lost = [...this.#seen.values()].filter(({ digest }) => !now.has(digest));
    const others = entries.filter(({ digest }) => digest !== own && !this.#seen.has(digest));
    if (this.#hasWritten && (lost.length > 0 || others.length > 0)) this.#isContended = true;
    for (const entry of entries) if (entry.digest !== this.#change.remove) this.#seen.set(entry.digest, entry);
    return lost;
  }

  async #write(list: ImageIndex, { fetched }: ReadTag, restored: readonly Descriptor[]): Promise<void> {
    const bytes = encodeReferrers(list);
    const etag = fetched?.etag;
    const guard = etag === undefined ? {} : { condition: { 'if-match': etag } };
    this.#hasWritten = true;
    try {
      await putReference(this.#place, {
        reference: referrersTag(this.#subject),
        bytes,
        digest: digestOf(bytes),
        mediaType: mediaTypes.index,
        ...(fetched === undefined ? { condition: { 'if-none-match': '*' } } : guard),
      });
    } catch (error) {
      // What was restored may have been deleted on purpose, and some registries want every entry to be there.
      if (isFault(error, 'REGISTRY_REFUSED') && restored.length > 0) this.#seen.clear();
      else if (!isFault(error, 'TAG_MOVED')) throw error;
      this.#isContended = true;
    }
  }

  /** Longer than any writer here takes from its look to its write, and different for each. */
  async #settle(): Promise<void> {
    const { host } = this.#place.session;
    const plainMs = Math.min(longestSettleMs, Math.max(shortestSettleMs, this.#writeMs * 3));
    await host.clock.sleep(Math.round(plainMs * (0.75 + randomFraction(host))), host.signal);
  }
}
