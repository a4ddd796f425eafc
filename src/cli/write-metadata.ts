import { rename, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Fault } from '../errors/fault.ts';
import type { Host } from '../host/host.ts';

/** Writes a result to a file of the user's, whole or not at all. @throws {Fault} METADATA_UNWRITABLE */
export async function writeMetadata(file: string, text: string, host: Host): Promise<void> {
  const path = resolve(host.workingDirectory, file);
  try {
    await writeFile(`${path}.new`, host.redactor.redact(text));
    await rename(`${path}.new`, path);
  } catch (cause) {
    throw new Fault('METADATA_UNWRITABLE', `Cannot write the result to "${file}"`, { cause, where: { path } });
  }
}
