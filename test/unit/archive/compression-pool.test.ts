import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CompressionPool } from '../../../src/archive/compression-pool.ts';
import { compressBlock } from '../../../src/archive/compress-block.ts';
import { failureOf, prose, sha256 } from './streams.ts';

const root = join(import.meta.dirname, '../../..');
const built = mkdtempSync(join(tmpdir(), 'polyarch-pool-'));
const entry = pathToFileURL(join(built, 'archive/compression-worker.js'));
afterAll(() => rmSync(built, { recursive: true, force: true }));

/** Compiles the folder as the build does, so that threads can load it whatever Node this is. */
beforeAll(() => {
  const compiler = join(root, 'node_modules/@typescript/native/bin/tsc');
  const options = ['--ignoreConfig', '--noCheck', '--module', 'nodenext', '--target', 'es2023'];
  const paths = ['--rewriteRelativeImportExtensions', '--rootDir', 'src', '--outDir', built];
  const files = ['compression-worker', 'layer-writer'].map((name) => `src/archive/${name}.ts`);
  const { status, stdout } = spawnSync(process.execPath, [compiler, ...options, ...paths, ...files], { cwd: root });
  if (status !== 0) throw new Error(stdout.toString());
  symlinkSync(join(root, 'node_modules'), join(built, 'node_modules'));
  writeFileSync(join(built, 'package.json'), '{"type":"module"}');
});

describe('CompressionPool', () => {
  const pools = [
    ['on threads', () => new CompressionPool(entry, 2)],
    ['on one thread', () => new CompressionPool(entry, 1)],
    ['on the calling thread', () => new CompressionPool(undefined)],
  ] as const;

  test.each(pools)('gives the bytes of compressBlock %s', async (_, create) => {
    const pool = create();
    const block = prose(400_000);
    const expected = await Promise.all([
      compressBlock({ kind: 'zstd', level: 3, block }),
      compressBlock({ kind: 'deflate', level: 4, block }),
    ]);

    const results = await Promise.all(
      [1, 2, 3].flatMap(() => [
        pool.run({ kind: 'zstd', level: 3, block: Uint8Array.from(block) }),
        pool.run({ kind: 'deflate', level: 4, block: Uint8Array.from(block) }),
      ]),
    );
    await pool.close();

    expect(results.map(sha256)).toEqual([...expected, ...expected, ...expected].map(sha256));
  });

  test('fails a job whose thread cannot start, and goes on', async () => {
    const pool = new CompressionPool(pathToFileURL(join(built, 'nothing.js')), 1);
    const block = prose(400_000);

    const [first, second] = await Promise.all([
      failureOf(pool.run({ kind: 'zstd', level: 3, block: Uint8Array.from(block) })),
      failureOf(pool.run({ kind: 'zstd', level: 3, block: Uint8Array.from(block) })),
    ]);

    expect(String(first)).toContain('nothing.js');
    expect(String(second)).toContain('nothing.js');
  });
});

describe('the built package', () => {
  test('compresses on threads with flat memory, and ends by itself', () => {
    const script = `
      import { randomFillSync } from 'node:crypto';
      const { writeLayer } = await import(${JSON.stringify(join(built, 'archive/layer-writer.js'))});
      const noise = randomFillSync(Buffer.alloc(1024 * 1024));
      async function* tar() {
        for (let count = 0; count < 80; count++) yield noise;
      }
      for (const options of [{}, { compression: 'zstd', level: 1 }, { reproducible: true }]) {
        let taken = 0;
        const facts = await writeLayer(tar(), { ...options, consume: async (content) => {
          for await (const chunk of content) taken += chunk.length;
        } });
        if (facts.tarBytes !== 80 * 1024 * 1024 || facts.sizeBytes !== taken) throw new Error('sizes');
      }
      console.log(process.resourceUsage().maxRSS);
    `;
    const file = join(built, 'main.js');
    writeFileSync(file, script);

    const { stdout, stderr, status } = spawnSync(process.execPath, [file], { encoding: 'utf8' });

    expect(stderr).toBe('');
    expect(status).toBe(0);
    // Three layers of 80 MiB passed; a runtime with two threads alone is about 100.
    expect(Number(stdout) / 1024).toBeLessThan(220);
  });
});
