/** https://www.rfc-editor.org/rfc/rfc1951#section-3.2.4 */
const maxStoredBytes = 65_535;

/** Bytes as deflate blocks that are stored as they are, none of them the last; to stand at a whole byte. */
export function storeDeflate(bytes: Uint8Array): Uint8Array {
  const count = Math.ceil(bytes.length / maxStoredBytes);
  const stored = new Uint8Array(bytes.length + 5 * count);
  for (let index = 0; index < count; index++) {
    const piece = bytes.subarray(index * maxStoredBytes, (index + 1) * maxStoredBytes);
    const at = index * (maxStoredBytes + 5);
    stored.set([0, piece.length & 0xff, piece.length >> 8, ~piece.length & 0xff, (~piece.length >> 8) & 0xff], at);
    stored.set(piece, at + 5);
  }
  return stored;
}
