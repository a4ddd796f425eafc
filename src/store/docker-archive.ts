import { resolve } from 'node:path';
import type { Host } from '../host/host.ts';
import type { Platform } from '../oci/platform.ts';
import { ArchiveStore } from './archive-store.ts';
import { ArchiveWriter } from './archive-writer.ts';
import type { ImageStore } from './content-store.ts';
import { readDockerImages } from './docker-images.ts';
import { dockerTail } from './docker-tail.ts';
import { readOciImages } from './oci-archive.ts';
import { openArchiveFile } from './open-archive-file.ts';

export interface CreateDockerArchiveOptions {
  readonly host: Host;
  /**
   * Which image of an index readers get that know one platform only (Docker without the containerd image store, podman).
   * Default: Linux on the processor of this machine; where the index has none for it, its first image.
   */
  readonly platform?: Platform;
}

/**
 * Opens what `docker save` or `podman save` wrote, plain or compressed with gzip or zstd: today's form, which is an OCI
 * layout besides, and the older one of `manifest.json` alone, whose images get an OCI manifest made from their config.
 * @throws {Fault} IMAGE_ARCHIVE_MALFORMED, STORE_DENIED
 */
export async function openDockerArchive(file: string, options: { readonly host: Host }): Promise<ImageStore> {
  const { archive, release } = await openArchiveFile(resolve(options.host.workingDirectory, file), options.host);
  try {
    const images = (await readOciImages(archive)) ?? (await readDockerImages(archive));
    return new ArchiveStore({ ...images, archive, release });
  } catch (error) {
    await archive.close();
    await release();
    throw error;
  }
}

/**
 * Begins an archive for `docker load` and `podman load`, as `docker save` writes it with the containerd image store: an OCI
 * layout with every platform, and a `manifest.json` for one of them. It has its name once it is closed. Tag images with whole
 * references, `app:1.0` or `ghcr.io/acme/app:1.0`: these are the names they are loaded under.
 */
export function createDockerArchive(file: string, options: CreateDockerArchiveOptions): Promise<ImageStore> {
  return ArchiveWriter.create(resolve(options.host.workingDirectory, file), {
    host: options.host,
    tail: (index, store) => dockerTail(index, store, options.platform ?? machinePlatform()),
  });
}

const architectures: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386', loong64: 'loong64' };

/** Containers on this machine run Linux, also where the machine itself does not. */
function machinePlatform(): Platform {
  return { os: 'linux', architecture: architectures[process.arch] ?? process.arch };
}
