import { stat } from 'node:fs/promises';
import { Fault } from '../errors/fault.ts';
import { systemCode } from './disk-fault.ts';

/**
 * Refuses a device, a pipe or a socket where an archive is to stand: it is moved into place when it is whole, and would
 * take the place of the device itself.
 *
 * @throws {Fault} STORE_PATH_UNUSABLE
 */
export async function refuseSpecialFile(file: string): Promise<void> {
  const facts = await stat(file).catch((error: unknown) => {
    if (systemCode(error) === undefined) throw error;
    return undefined;
  });
  if (facts === undefined || facts.isFile() || facts.isDirectory()) return;
  throw new Fault('STORE_PATH_UNUSABLE', `Cannot write the archive "${file}": a device or a pipe stands there`, {
    where: { path: file },
    hint: 'Name a file, and send that on when it is written',
  });
}
