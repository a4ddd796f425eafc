import { resolve } from 'node:path';
import { isFault } from '../errors/fault.ts';
import type { Host } from '../host/host.ts';
import { type Digest, isDigest } from '../oci/digest.ts';
import { decodeIndex } from '../oci/image-index.ts';
import { decodeLayout } from '../oci/layout.ts';
import type { ArchiveFile, ArchiveSpan } from './archive-file.ts';
import { type ArchiveImages, ArchiveStore } from './archive-store.ts';
import { ArchiveWriter } from './archive-writer.ts';
import type { ImageStore } from './content-store.ts';
import { openArchiveFile } from './open-archive-file.ts';

/**
 * Opens a tar of an OCI image layout, plain or compressed with gzip or zstd, for reading. A plain one is read in place:
 * nothing is unpacked. `close` it in the end.
 * @throws {Fault} IMAGE_ARCHIVE_MALFORMED, STORE_DENIED
 */
export async function openOciArchive(file: string, options: { readonly host: Host }): Promise<ImageStore> {
  const { archive, release } = await openArchiveFile(resolve(options.host.workingDirectory, file), options.host);
  try {
    const images = await readOciImages(archive);
    if (images === undefined) throw archive.malformed('it has no oci-layout and index.json, so it is no OCI archive');
    return new ArchiveStore({ ...images, archive, release });
  } catch (error) {
    await archive.close();
    await release();
    throw error;
  }
}

/** Begins a tar of an OCI image layout. It has its name once it is closed; an older file of that name stays until then. */
export function createOciArchive(file: string, options: { readonly host: Host }): Promise<ImageStore> {
  return ArchiveWriter.create(resolve(options.host.workingDirectory, file), options);
}

/** What an archive holds where it is one of an OCI layout; undefined where it is not. @throws {Fault} IMAGE_ARCHIVE_MALFORMED */
export async function readOciImages(archive: ArchiveFile): Promise<ArchiveImages | undefined> {
  const [layout, index] = [await archive.readDocument('oci-layout'), await archive.readDocument('index.json')];
  if (layout === undefined || index === undefined) return undefined;
  try {
    decodeLayout(layout);
    return { index: decodeIndex(index), contents: blobsOf(archive) };
  } catch (error) {
    if (isFault(error, 'DOCUMENT_MALFORMED', 'DOCUMENT_UNSUPPORTED')) throw archive.malformed(error.message, error);
    throw error;
  }
}

function blobsOf(archive: ArchiveFile): ReadonlyMap<Digest, ArchiveSpan> {
  const blobs = new Map<Digest, ArchiveSpan>();
  for (const path of archive.paths) {
    const [, algorithm, hex] = /^blobs\/([a-z0-9]+)\/([a-f0-9]+)$/.exec(path) ?? [];
    const digest = `${algorithm ?? ''}:${hex ?? ''}`;
    const span = archive.find(path);
    if (isDigest(digest) && span !== undefined) blobs.set(digest, span);
  }
  return blobs;
}
