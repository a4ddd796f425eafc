import type { Host } from '../host/host.ts';
import { ArchiveFile } from './archive-file.ts';
import { diskFault, systemCode } from './disk-fault.ts';
import { Fault } from '../errors/fault.ts';

/** An archive that can be read in place, and what is to be done when it is no longer read. */
export interface OpenedArchive {
  readonly archive: ArchiveFile;
  readonly release: () => Promise<void>;
}

export async function openArchiveFile(file: string, _host: Host): Promise<OpenedArchive> {
  try {
    return { archive: await ArchiveFile.open(file, file), release: () => Promise.resolve() };
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw diskFault(error, `read the archive "${file}"`, file);
    throw new Fault('IMAGE_ARCHIVE_MALFORMED', `Cannot open the archive "${file}": there is no such file`, {
      cause: error,
      where: { file },
    });
  }
}
