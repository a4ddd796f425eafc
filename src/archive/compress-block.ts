/** A block to be compressed for itself, on whatever thread. */
export interface CompressionJob {
  /** `zstd`: one frame. `deflate`: deflate blocks that end at a whole byte, none of them the last, the same bytes everywhere. */
  readonly kind: 'zstd' | 'deflate';
  readonly level: number;
  readonly block: Uint8Array;
}

/** Compresses a block. The packages are loaded when they are first needed. */
export async function compressBlock({ kind, level, block }: CompressionJob): Promise<Uint8Array> {
  if (kind === 'zstd') {
    const { compress } = await import('@cloudpss/zstd/wasm');
    return compress(block, level);
  }
  const { deflateBlock } = await import('./deflate-block.ts');
  return deflateBlock(block, level);
}
