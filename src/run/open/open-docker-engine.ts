import { join } from 'node:path';
import { Fault, isFault } from '../../errors/fault.ts';
import type { Host } from '../../host/host.ts';
import { makeTempDirectory } from '../../host/temp-directory.ts';
import type { ImageStore } from '../../store/content-store.ts';
import { openLocation } from '../../store/open-location.ts';

/**
 * The local Docker Engine as a store that is written to: the image is collected in an archive, and `docker load` takes
 * it in when the store is closed.
 *
 * @throws {Fault} LOAD_FAILED on `close`
 */
export async function openDockerEngine(host: Host): Promise<ImageStore> {
  const folder = await makeTempDirectory(host);
  const file = join(folder.path, 'image.tar');
  const archive = await openLocation({ kind: 'docker-archive', path: file, image: '' }, { host, mode: 'write' });
  return {
    parallelWrites: archive.parallelWrites ?? 1,
    where: { path: 'docker' },
    has: (key) => archive.has(key),
    read: (key) => archive.read(key),
    write: (content, expected) => archive.write(content, expected),
    resolve: (name) => archive.resolve(name),
    tag: (name, descriptor) => archive.tag(name, descriptor),
    tags: () => archive.tags(),
    close: async () => {
      await archive.close?.();
      await load(file, host);
      await folder.remove();
    },
    discard: async () => {
      await archive.discard?.();
      await folder.remove();
    },
  };
}

async function load(file: string, host: Host): Promise<void> {
  try {
    await host.processes.run({ program: 'docker', args: ['load', '--quiet', '--input', file] });
  } catch (cause) {
    if (!isFault(cause, 'PROCESS_FAILED', 'PROGRAM_MISSING')) throw cause;
    throw new Fault('LOAD_FAILED', 'Cannot load the image into the local Docker Engine', { cause });
  }
}
