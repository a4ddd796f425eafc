import { open } from 'node:fs/promises';
import { systemCode } from './disk-fault.ts';

/** What systems answer that cannot sync a folder, or a file opened for reading (Windows). */
const unsupported = new Set(['EPERM', 'EACCES', 'EISDIR', 'EINVAL', 'ENOTSUP', 'EBADF']);

/**
 * Forces to the disk what a file holds, or which names a folder has. Where the system cannot do it, nothing happens.
 * @throws {NodeJS.ErrnoException}
 */
export async function syncPath(path: string): Promise<void> {
  try {
    const handle = await open(path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!unsupported.has(systemCode(error) ?? '')) throw error;
  }
}
