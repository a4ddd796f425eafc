/** What a stream is compressed with. */
export type Compression = 'none' | 'gzip' | 'zstd' | 'bzip2' | 'xz';

/** Bytes that `detectCompression` wants to see. */
export const detectionBytes = 6;

/**
 * Tells by its first bytes what a stream is compressed with; `none` where no magic number fits, too few bytes included.
 * Knows what Docker knows, zstd's skippable frames among it.
 */
export function detectCompression(firstBytes: Uint8Array): Compression {
  const hex = Buffer.from(firstBytes.subarray(0, detectionBytes)).toString('hex');
  if (hex.startsWith('1f8b08')) return 'gzip';
  if (/^(?:28b52ffd|5.2a4d18)/.test(hex)) return 'zstd';
  if (/^425a683[1-9]/.test(hex)) return 'bzip2';
  return hex === 'fd377a585a00' ? 'xz' : 'none';
}
