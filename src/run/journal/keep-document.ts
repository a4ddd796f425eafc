import { open, rename, rm } from 'node:fs/promises';
import type { Host } from '../../host/host.ts';
import { diskFault } from '../../store/disk-fault.ts';

/**
 * Writes a value as JSON, without secrets, in one step: whoever reads the file, after whatever end of this process, finds the
 * old one or the new one, whole.
 *
 * @throws {Fault} STORE_DENIED, STORE_FULL, STORE_PATH_UNUSABLE
 */
export async function keepDocument(file: string, value: object, host: Host): Promise<void> {
  const partial = `${file}.${host.randomHex(4)}.new`;
  try {
    const handle = await open(partial, 'wx', 0o644);
    try {
      await handle.writeFile(`${redactedJson(value, host)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw diskFault(error, `write "${file}"`, file);
  }
}

/** Each text is redacted by itself: a secret with a quote in it is written otherwise in JSON. */
export function redactedJson(value: object, { redactor }: Pick<Host, 'redactor'>): string {
  return JSON.stringify(value, (_key, text: unknown) => (typeof text === 'string' ? redactor.redact(text) : text), 2);
}
