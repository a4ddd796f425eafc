import { Fault } from '../../errors/fault.ts';
import type { FileContent } from './file-content.ts';

/** Larger files are never held in memory as a whole. */
export const smallFileBytes = 1024 * 1024;

/** Far more than any account file or ignore file; stops a hostile image from filling the memory. */
const maxWholeBytes = 16 * 1024 * 1024;

/** The whole content of a file that is meant to be small. @throws {Fault} FILE_TOO_LARGE */
export async function readNode(content: FileContent): Promise<Uint8Array> {
  if (content.sizeBytes > maxWholeBytes) {
    throw new Fault(
      'FILE_TOO_LARGE',
      `Cannot read a file of ${content.sizeBytes} bytes into memory: expected at most ${maxWholeBytes}`,
    );
  }
  const opened = content.open();
  if (opened instanceof Uint8Array) return opened;
  const pieces: Uint8Array[] = [];
  for await (const piece of opened) pieces.push(piece);
  return Buffer.concat(pieces);
}
