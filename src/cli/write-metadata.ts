import { existsSync, statSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Fault } from '../errors/fault.ts';
import type { Host } from '../host/host.ts';

/**
 * Writes a result to a file of the user's, whole or not at all; to a device or a pipe, such as /dev/stdout, as it is.
 * @throws {Fault} METADATA_UNWRITABLE
 */
export async function writeMetadata(file: string, text: string, host: Host): Promise<void> {
  const path = resolve(host.workingDirectory, file);
  try {
    const shown = host.redactor.redact(text);
    const isSpecial = existsSync(path) && !statSync(path).isFile();
    await writeFile(isSpecial ? path : `${path}.new`, shown);
    if (!isSpecial) await rename(`${path}.new`, path);
  } catch (cause) {
    throw new Fault('METADATA_UNWRITABLE', `Cannot write the result to "${file}"`, { cause, where: { path } });
  }
}
