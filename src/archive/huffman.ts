/** A prefix code: for each symbol its length in bits (0: unused) and its bits, ready to be written lowest bit first. */
export interface PrefixCode {
  readonly lengths: Uint8Array;
  readonly bits: Uint16Array;
}

/**
 * The Huffman code of symbol counts, no code longer than `maxLength` bits. The same counts always give the same code:
 * symbols that are equally frequent stand in their own order.
 */
export function huffmanCode(counts: Uint32Array, maxLength: number): PrefixCode {
  const used = usedSymbols(counts);
  const lengths = new Uint8Array(counts.length);
  const perLength = limitLengths(lengthHistogram(used.map((symbol) => counts[symbol] ?? 0)), maxLength);
  let index = used.length;
  for (let length = 1; length < perLength.length; length++) {
    for (let left = perLength[length] ?? 0; left > 0; left--) lengths[used[--index] ?? 0] = length;
  }
  return { lengths, bits: canonicalBits(lengths) };
}

/** Gives codes to lengths in the order that decoders expect. https://www.rfc-editor.org/rfc/rfc1951#section-3.2.2 */
export function canonicalBits(lengths: Uint8Array): Uint16Array {
  const next = new Uint16Array(17);
  const perLength = new Uint16Array(17);
  for (const length of lengths) perLength[length] = (perLength[length] ?? 0) + 1;
  perLength[0] = 0;
  for (let length = 1; length <= 16; length++) {
    next[length] = ((next[length - 1] ?? 0) + (perLength[length - 1] ?? 0)) << 1;
  }
  return Uint16Array.from(lengths, (length) => {
    const code = next[length] ?? 0;
    next[length] = code + 1;
    return length === 0 ? 0 : reverseBits(code, length);
  });
}

/** The symbols that occur, the rarest first. */
function usedSymbols(counts: Uint32Array): readonly number[] {
  const used: number[] = [];
  for (const [symbol, count] of counts.entries()) if (count > 0) used.push(symbol);
  return used.sort((a, b) => (counts[a] ?? 0) - (counts[b] ?? 0) || a - b);
}

/** How many codes of each length Huffman's tree has; `weights` ascend. */
function lengthHistogram(weights: readonly number[]): number[] {
  const leafCount = weights.length;
  if (leafCount < 2) return [0, leafCount];
  const sums: number[] = [...weights];
  const parents = new Int32Array(2 * leafCount - 1);
  let leaf = 0;
  let inner = leafCount;
  function takeLightest(parent: number): number {
    const takesLeaf = leaf < leafCount && (inner >= parent || (sums[leaf] ?? 0) <= (sums[inner] ?? 0));
    const taken = takesLeaf ? leaf++ : inner++;
    parents[taken] = parent;
    return sums[taken] ?? 0;
  }
  for (let parent = leafCount; parent < 2 * leafCount - 1; parent++) {
    sums[parent] = takeLightest(parent) + takeLightest(parent);
  }
  const depths = new Uint16Array(2 * leafCount - 1);
  const histogram: number[] = [];
  for (let node = 2 * leafCount - 3; node >= 0; node--) {
    const depth = (depths[parents[node] ?? 0] ?? 0) + 1;
    depths[node] = depth;
    if (node < leafCount) histogram[depth] = (histogram[depth] ?? 0) + 1;
  }
  return histogram;
}

/** Shortens codes that are too long, and lengthens others until the code is a prefix code again (Kraft's sum is 1). */
function limitLengths(histogram: readonly number[], maxLength: number): readonly number[] {
  const limited = Array.from({ length: maxLength + 1 }, (_, length) => histogram[length] ?? 0);
  for (let length = maxLength + 1; length < histogram.length; length++) {
    limited[maxLength] = (limited[maxLength] ?? 0) + (histogram[length] ?? 0);
  }
  let excess = limited.reduce((sum, count, length) => sum + count * 2 ** (maxLength - length), 0) - 2 ** maxLength;
  for (; excess > 0; excess--) {
    let length = maxLength - 1;
    while ((limited[length] ?? 0) === 0) length--;
    limited[length] = (limited[length] ?? 0) - 1;
    limited[length + 1] = (limited[length + 1] ?? 0) + 2;
    limited[maxLength] = (limited[maxLength] ?? 0) - 1;
  }
  return limited;
}

function reverseBits(code: number, length: number): number {
  let reversed = 0;
  for (let bit = 0; bit < length; bit++) reversed |= ((code >> bit) & 1) << (length - 1 - bit);
  return reversed;
}
