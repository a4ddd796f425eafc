import { describe, expect, test } from 'vitest';
import { applyCompression } from '../../../src/config/apply-compression.ts';
import type { CompressionConfig } from '../../../src/config/config.ts';
import { isFault } from '../../../src/errors/fault.ts';

const own: CompressionConfig = { type: 'gzip', level: 9, reproducible: true };

describe('applyCompression', () => {
  test('changes nothing where nothing is said', () => {
    expect(applyCompression(own, {})).toEqual(own);
  });

  test('forgets the level of another type, and keeps that of the same', () => {
    expect(applyCompression(own, { compression: 'zstd' })).toEqual({ type: 'zstd', reproducible: true });
    expect(applyCompression(own, { compression: 'gzip' })).toEqual(own);
  });

  test.each([
    { compression: 'gzip', compressionLevel: '1', level: 1 },
    { compression: 'gzip', compressionLevel: '9', level: 9 },
    { compression: 'zstd', compressionLevel: '22', level: 22 },
  ] as const)('takes level $compressionLevel of $compression', ({ level, ...flags }) => {
    expect(applyCompression(own, flags).level).toBe(level);
  });

  test.each([
    { compression: 'gzip', compressionLevel: '0' },
    { compression: 'gzip', compressionLevel: '10' },
    { compression: 'zstd', compressionLevel: '23' },
    { compression: 'zstd', compressionLevel: 'high' },
    { compression: 'zstd', compressionLevel: '1e1' },
  ] as const)('refuses level $compressionLevel of $compression', (flags) => {
    let problem: unknown;
    try {
      applyCompression(own, flags);
    } catch (thrown) {
      problem = thrown;
    }

    expect(isFault(problem, 'FLAG_MALFORMED') && problem.message).toContain(
      `--compression-level "${flags.compressionLevel}"`,
    );
  });
});
