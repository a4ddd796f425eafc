import { decompress } from '../../archive/decompress.ts';
import { readTar } from '../../archive/tar-reader.ts';
import { isFault } from '../../errors/fault.ts';
import type { FileContent } from './file-content.ts';

/**
 * Whether a file is a tar archive that ADD unpacks, compressed or not: its first entry can be read. What looks like an
 * archive and is damaged further on is one, and fails when it is unpacked.
 */
export async function isArchive(content: FileContent, file: string): Promise<boolean> {
  if (content.sizeBytes === 0) return false;
  try {
    for await (const _ of readTar(decompress(openStream(content), { file }), { file })) return true;
    return false;
  } catch (error) {
    if (isFault(error, 'ARCHIVE_MALFORMED', 'ARCHIVE_TRUNCATED', 'ARCHIVE_UNSUPPORTED')) return false;
    throw error;
  }
}

/** The bytes of a file as a stream, whatever its size. */
export async function* openStream(content: FileContent): AsyncGenerator<Uint8Array, void, undefined> {
  const opened = content.open();
  if (opened instanceof Uint8Array) yield opened;
  else yield* opened;
}
