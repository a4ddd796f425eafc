/** CRC-64 as xz has it (ECMA-182, reflected), as its lower and upper 32 bits. */
export class Crc64 {
  #low = -1;
  #high = -1;

  update(bytes: Uint8Array): void {
    let low = this.#low;
    let high = this.#high;
    for (const byte of bytes) {
      const index = (low ^ byte) & 0xff;
      low = ((low >>> 8) | (high << 24)) ^ (lowTable[index] ?? 0);
      high = (high >>> 8) ^ (highTable[index] ?? 0);
    }
    this.#low = low;
    this.#high = high;
  }

  /** Little-endian, as it is stored. */
  digest(): Buffer {
    const bytes = Buffer.alloc(8);
    bytes.writeInt32LE(~this.#low, 0);
    bytes.writeInt32LE(~this.#high, 4);
    return bytes;
  }
}

const polynomial = 0xc96c5795d7870f42n;
const table = Array.from({ length: 256 }, (_, byte) => {
  let value = BigInt(byte);
  for (let bit = 0; bit < 8; bit++) value = (value >> 1n) ^ ((value & 1n) === 1n ? polynomial : 0n);
  return value;
});
const lowTable = Int32Array.from(table, (value) => Number(BigInt.asIntN(32, value)));
const highTable = Int32Array.from(table, (value) => Number(BigInt.asIntN(32, value >> 32n)));
