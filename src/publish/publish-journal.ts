import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Host } from '../host/host.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { diskFault, systemCode } from '../store/disk-fault.ts';
import { decodePublishRecord, type PublishRecord, type RecordedPlace } from './publish-record.ts';

export interface JournalOptions {
  readonly host: Host;
  /** The folder of the run; absent: nothing is kept. */
  readonly folder?: string | undefined;
}

/** The record of tag moves in the folder of a run, `publish.json`: on the disk before a tag moves, whole at any moment. */
export class PublishJournal {
  readonly #options: JournalOptions;
  #record: PublishRecord;
  #isKept: boolean;

  constructor(record: PublishRecord, options: JournalOptions) {
    this.#record = record;
    this.#isKept = record.places.some(({ moves }) => moves.some(({ begun }) => begun === true));
    this.#options = options;
  }

  get record(): PublishRecord {
    return this.#record;
  }

  /** Makes sure that the record on the disk tells what the tag points at now, before it is moved. */
  async expect(place: RecordedPlace, tag: string, from: Descriptor | undefined): Promise<void> {
    const known = this.#record.places.find((one) => isSame(one, place))?.moves.find((move) => move.tag === tag);
    if (known?.begun === true && known.from?.digest === from?.digest) return;
    const places = this.#record.places.map((one) => (isSame(one, place) ? withFrom(one, tag, from) : one));
    await this.#write({ ...this.#record, places });
  }

  async end(state: PublishRecord['state']): Promise<void> {
    if (!this.#isKept) return;
    await this.#write({ ...this.#record, state });
  }

  async #write(record: PublishRecord): Promise<void> {
    this.#record = record;
    this.#isKept = true;
    const { folder } = this.#options;
    if (folder !== undefined) await writeDurably(join(folder, fileName), `${JSON.stringify(record, null, 2)}\n`);
  }
}

const fileName = 'publish.json';

/** The record in the folder of a run; undefined where no tag was about to move. @throws {Fault} PUBLISH_RECORD_MALFORMED */
export async function readPublishRecord(folder: string): Promise<PublishRecord | undefined> {
  const file = join(folder, fileName);
  try {
    return decodePublishRecord(await readFile(file), file);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw diskFault(error, `read "${file}"`, file);
  }
}

/** A crash of the machine must not lose what is needed to take a move back. */
async function writeDurably(file: string, text: string): Promise<void> {
  try {
    const handle = await open(`${file}.new`, 'w');
    try {
      await handle.writeFile(text);
      await handle.datasync();
    } finally {
      await handle.close();
    }
    await rename(`${file}.new`, file);
  } catch (error) {
    throw diskFault(error, `write "${file}"`, file);
  }
}

function isSame(one: RecordedPlace, other: RecordedPlace): boolean {
  return one.release === other.release && one.repository === other.repository;
}

function withFrom(place: RecordedPlace, tag: string, from: Descriptor | undefined): RecordedPlace {
  const moves = place.moves.map((move) => {
    if (move.tag !== tag) return move;
    const { from: _before, ...rest } = move;
    return { ...rest, ...(from === undefined ? {} : { from }), begun: true };
  });
  return { ...place, moves };
}
