import { open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault, isFault } from '../errors/fault.ts';
import type { Host } from '../host/host.ts';
import { encodeDocument } from '../oci/encode.ts';
import { decodeIndex, type ImageIndex } from '../oci/image-index.ts';
import { documentLimitBytes } from '../oci/parse-json.ts';
import { joinChunks } from './collect-content.ts';
import { diskFault, systemCode } from './disk-fault.ts';
import { withFileLock } from './file-lock.ts';
import { openForReading, readRange } from './read-file.ts';
import { syncPath } from './sync-path.ts';
import { temporaryPath } from './temporary-path.ts';

/** The `index.json` of a layout. Changes of several processes never undo one another. */
export class IndexFile {
  readonly #root: string;
  readonly #host: Host;
  #known: { readonly identity: string; readonly index: ImageIndex } | undefined;

  constructor(root: string, host: Host) {
    this.#root = root;
    this.#host = host;
  }

  /** What it holds now; read again only where the file is another one. @throws {Fault} LAYOUT_MISSING, LAYOUT_MALFORMED */
  async read(): Promise<ImageIndex> {
    const path = join(this.#root, 'index.json');
    try {
      const { ino, mtimeNs, size } = await stat(path, { bigint: true });
      const identity = `${ino}/${mtimeNs}/${size}`;
      if (this.#known?.identity !== identity) {
        this.#known = { identity, index: decodeIndex(await readSmallFile(path)) };
      }
      return this.#known.index;
    } catch (error) {
      const code = systemCode(error);
      if (isFault(error, 'DOCUMENT_MALFORMED', 'DOCUMENT_UNSUPPORTED')) throw malformed(path, error);
      if (code !== 'ENOENT' && code !== 'ENOTDIR') throw diskFault(error, `read "${path}"`, path);
      throw new Fault('LAYOUT_MISSING', `Cannot open the OCI layout "${this.#root}": it has no index.json`, {
        cause: error,
        where: { path: this.#root },
      });
    }
  }

  /**
   * Changes it: `edit` gets what it holds at that moment, no matter who wrote it. Nothing is written where `edit` gives
   * back the same value.
   */
  async update(edit: (index: ImageIndex) => ImageIndex | Promise<ImageIndex>): Promise<void> {
    await withFileLock(join(this.#root, '.index.lock'), { host: this.#host }, async () => {
      const before = await this.read();
      const after = await edit(before);
      if (after !== before) await replaceFile(join(this.#root, 'index.json'), encodeDocument(after), this.#host);
    });
  }
}

/** Replaces a file so that a reader, or a power failure, sees the old bytes or the new ones, never a mixture. */
export async function replaceFile(path: string, bytes: Uint8Array, host: Host): Promise<void> {
  const directory = join(path, '..');
  const { path: temporary } = await temporaryPath(directory, host);
  try {
    const handle = await open(temporary, 'wx', 0o644);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
    await syncPath(directory);
  } catch (error) {
    await rm(temporary, { force: true });
    throw diskFault(error, `write "${path}"`, path);
  }
}

/** Reads a document of a layout whole; never a pipe, a device, or more than a document may have. */
export async function readSmallFile(path: string): Promise<Uint8Array> {
  const handle = await openForReading(path);
  try {
    const facts = await handle.stat();
    if (!facts.isFile() || facts.size > documentLimitBytes) {
      const found = facts.isFile() ? `${facts.size} bytes` : 'no plain file';
      throw new Fault('LAYOUT_MALFORMED', `Cannot read "${path}": it is ${found}, expected a document`, {
        where: { path },
      });
    }
    return await joinChunks(readRange(handle, { offset: 0, length: facts.size }));
  } finally {
    await handle.close();
  }
}

/** Says in which file a document is not what it should be. */
export function malformed(path: string, cause: Fault): Fault {
  return new Fault('LAYOUT_MALFORMED', `Cannot read "${path}": ${cause.message}`, { cause, where: { path } });
}
