import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compressBlock } from '../../../src/archive/compress-block.ts';
import { CompressionPool } from '../../../src/archive/compression-pool.ts';
import { failureOf, prose, sha256 } from '../../unit/archive/streams.ts';

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
  test('compresses with flat memory, on threads that do not keep the process', () => {
    const script = `
      import { randomFillSync } from 'node:crypto';
      const { writeLayer } = await import(${JSON.stringify(join(built, 'archive/layer-writer.js'))});
      const noise = randomFillSync(Buffer.alloc(1024 * 1024));
      async function* tar(count) {
        for (let left = count; left > 0; left--) yield noise;
      }
      async function sizeOf(count, options) {
        let taken = 0;
        async function consume(content) {
          for await (const chunk of content) taken += chunk.length;
        }
        const facts = await writeLayer(tar(count), { ...options, consume });
        return facts.sizeBytes === taken ? facts.tarBytes : 0;
      }
      const sizes = [await sizeOf(200, {})];
      const peakBytes = process.resourceUsage().maxRSS * 1024;
      sizes.push(await sizeOf(9, { compression: 'zstd', level: 1 }), await sizeOf(3, { reproducible: true }));
      console.log(JSON.stringify({ sizes, peakBytes }));
    `;
    const file = join(built, 'main.mjs');
    writeFileSync(file, script);

    const { stdout, stderr, status } = spawnSync(process.execPath, [file], { encoding: 'utf8', timeout: 50_000 });

    expect(stderr).toBe('');
    expect(status).toBe(0);
    const megabyte = 1024 * 1024;
    const { sizes, peakBytes } = JSON.parse(stdout);
    expect(sizes).toEqual([200 * megabyte, 9 * megabyte, 3 * megabyte]);
    // 200 MiB of what cannot be compressed passed; the runtime alone is about 60.
    expect(peakBytes).toBeLessThan(170 * megabyte);
  });
});
