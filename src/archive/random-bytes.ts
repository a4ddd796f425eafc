/**
 * Whether the bytes of a block are about equally frequent, as those of compressed and encrypted content are; from 16
 * samples of 1 KiB all over it. Whole numbers only, so the answer is the same on every machine.
 */
export function looksRandom(block: Uint8Array): boolean {
  const sample = sampleOf(block, 16, 1024);
  const counts = new Uint32Array(256);
  for (const byte of sample) counts[byte] = (counts[byte] ?? 0) + 1;
  let squares = 0;
  for (const count of counts) squares += count * count;
  // 1 for bytes that are all equally frequent, about 3 for programs, 15 for text; asked for is less than 1.3.
  return squares * 2560 < 13 * sample.length ** 2;
}

/** Evenly spread samples of a block, joined; the block itself where it is short. */
export function sampleOf(block: Uint8Array, count: number, size: number): Uint8Array {
  if (block.length <= count * size) return block;
  const stride = Math.floor((block.length - size) / (count - 1));
  const sample = new Uint8Array(count * size);
  for (let index = 0; index < count; index++) {
    sample.set(block.subarray(index * stride, index * stride + size), index * size);
  }
  return sample;
}
