/** The parts of a file that are at hand: its beginning and, where one was kept, its end. */
export interface FileBytes {
  readonly head: Uint8Array;
  readonly tail?: {
    /** Where in the file `bytes` begins. */
    readonly offset: number;
    readonly bytes: Uint8Array;
  };
}

/**
 * A view of bytes of the file, or undefined where they are not all at hand. Every offset in a header is the word of
 * whoever wrote the file: it is only ever used through this function.
 */
export function viewAt(file: FileBytes, offset: number, length: number): DataView | undefined {
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || offset < 0 || length < 0) return undefined;
  return viewWithin(file.head, offset, length) ?? viewOfTail(file, offset, length);
}

/** The bytes up to the first NUL as ASCII text; undefined where any is not printable. */
export function printableText(view: DataView): string | undefined {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const end = bytes.indexOf(0);
  const text = String.fromCharCode(...bytes.subarray(0, end === -1 ? bytes.length : end));
  return /^[\x20-\x7e]+$/.test(text) ? text : undefined;
}

function viewOfTail(file: FileBytes, offset: number, length: number): DataView | undefined {
  return file.tail === undefined ? undefined : viewWithin(file.tail.bytes, offset - file.tail.offset, length);
}

function viewWithin(bytes: Uint8Array, offset: number, length: number): DataView | undefined {
  if (offset < 0 || offset + length > bytes.byteLength) return undefined;
  return new DataView(bytes.buffer, bytes.byteOffset + offset, length);
}
