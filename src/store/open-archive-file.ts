import { decompress } from '../archive/decompress.ts';
import { detectCompression, detectionBytes } from '../archive/detect-compression.ts';
import { Fault } from '../errors/fault.ts';
import type { Host } from '../host/host.ts';
import { makeTempDirectory } from '../host/temp-directory.ts';
import { ArchiveFile } from './archive-file.ts';
import { joinChunks } from './collect-content.ts';
import { diskFault, systemCode } from './disk-fault.ts';
import { openForReading, readRange } from './read-file.ts';
import { stageFile } from './staged-file.ts';

/** An archive that can be read in place, and what is to be done when it is no longer read. */
export interface OpenedArchive {
  readonly archive: ArchiveFile;
  readonly release: () => Promise<void>;
}

/**
 * Opens a tar file. A compressed one cannot be read in the middle: it is decompressed into a temporary folder, until it
 * is released.
 * @throws {Fault} IMAGE_ARCHIVE_MALFORMED, STORE_DENIED, STORE_FULL
 */
export async function openArchiveFile(file: string, host: Host): Promise<OpenedArchive> {
  try {
    if (!(await isCompressed(file)))
      return { archive: await ArchiveFile.open(file, file), release: () => Promise.resolve() };
    return await openDecompressed(file, host);
  } catch (error) {
    throw archiveFault(error, file);
  }
}

async function isCompressed(file: string): Promise<boolean> {
  const handle = await openForReading(file);
  try {
    if (!(await handle.stat()).isFile()) throw noArchive(file, 'it is no plain file');
    return detectCompression(await joinChunks(readRange(handle, { offset: 0, length: detectionBytes }))) !== 'none';
  } finally {
    await handle.close();
  }
}

async function openDecompressed(file: string, host: Host): Promise<OpenedArchive> {
  const folder = await makeTempDirectory(host);
  const handle = await openForReading(file);
  try {
    const { size } = await handle.stat();
    const tar = decompress(readRange(handle, { offset: 0, length: size }), { file, signal: host.signal });
    const staged = await stageFile(tar, folder.path, { host, expected: {}, sync: false });
    return { archive: await ArchiveFile.open(staged.path, file), release: () => folder.remove() };
  } catch (error) {
    await folder.remove();
    throw error;
  } finally {
    await handle.close();
  }
}

function archiveFault(error: unknown, file: string): unknown {
  if (systemCode(error) === 'ENOENT')
    return new Fault('IMAGE_ARCHIVE_MALFORMED', `Cannot open the archive "${file}": there is no such file`, {
      where: { file },
      hint: 'Check the path; it is relative to the current folder',
    });
  const isDamaged = error instanceof Fault && error.code.startsWith('ARCHIVE_');
  return isDamaged ? noArchive(file, error.message, error) : diskFault(error, `read the archive "${file}"`, file);
}

function noArchive(file: string, reason: string, cause?: unknown): Fault {
  return new Fault('IMAGE_ARCHIVE_MALFORMED', `Cannot open the archive "${file}": ${reason}`, {
    cause,
    where: { file },
  });
}
