import { open } from 'node:fs/promises';
import { Fault, isFault } from '../../errors/fault.ts';
import { documentLimitBytes } from '../../oci/parse-json.ts';
import { joinChunks } from '../../store/collect-content.ts';

/** What is read, and what a fault about it is called. */
export interface DocumentFile<Value> {
  /** Completes "Cannot read the …". */
  readonly what: string;
  readonly code: 'PLAN_UNREADABLE' | 'RECORD_UNREADABLE';
  readonly decode: (bytes: Uint8Array) => Value;
}

/** A plan of thousands of cells is larger than any manifest. */
const planLimitBytes = 8 * documentLimitBytes;

/**
 * Reads a JSON document that polyarch wrote, perhaps on another machine.
 *
 * @throws {Fault} the code of the document, with the file
 */
export async function readDocument<Value>(file: string, { what, code, decode }: DocumentFile<Value>): Promise<Value> {
  const bytes = await readLimited(file, { what, code });
  try {
    return decode(bytes);
  } catch (cause) {
    if (!isFault(cause, 'DOCUMENT_MALFORMED')) throw cause;
    throw new Fault(code, `${cause.message}, in "${file}"`, { where: { file } });
  }
}

async function readLimited(
  file: string,
  { what, code }: Pick<DocumentFile<unknown>, 'what' | 'code'>,
): Promise<Uint8Array> {
  try {
    const handle = await open(file, 'r');
    try {
      return await joinChunks(handle.createReadStream({ autoClose: false }), planLimitBytes);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    const reason = isFault(cause) ? cause.message : cause instanceof Error ? cause.message : String(cause);
    throw new Fault(code, `Cannot read the ${what} "${file}": ${reason}`, { cause, where: { file } });
  }
}
