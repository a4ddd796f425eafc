import type { CompressionConfig } from './config.ts';
import { flagFault } from './flag-value.ts';
import type { Overrides } from './overrides.ts';

const highestLevels = { gzip: 9, zstd: 22 } as const;

/**
 * Lays `--compression` and `--compression-level` over what the config says. Another type forgets the config's level: it
 * is on the scale of the other.
 *
 * @throws {Fault} FLAG_MALFORMED
 */
export function applyCompression(
  own: CompressionConfig,
  { compression, compressionLevel }: Pick<Overrides, 'compression' | 'compressionLevel'>,
): CompressionConfig {
  const { level: _level, ...rest } = own;
  const typed = compression === undefined || compression === own.type ? own : { ...rest, type: compression };
  return compressionLevel === undefined ? typed : { ...typed, level: readLevel(compressionLevel, typed.type) };
}

function readLevel(text: string, type: CompressionConfig['type']): number {
  const level = Number(text);
  if (/^\d+$/.test(text) && level >= 1 && level <= highestLevels[type]) return level;
  throw flagFault('--compression-level', text, `expected 1 to ${highestLevels[type]}, the levels of ${type}`);
}
