import { randomUUID } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';

/** Ends the name of a file that is being written; what a killed process leaves behind is found by it. */
export const partialSuffix = '.partial';

/** Puts a small file in place in one step: a reader sees the old one or the new one, whole. */
export function writeWhole(file: string, content: string | Uint8Array): void {
  const partial = `${file}.${randomUUID()}${partialSuffix}`;
  try {
    writeFileSync(partial, content, { mode: 0o600 });
    renameSync(partial, file);
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
}
