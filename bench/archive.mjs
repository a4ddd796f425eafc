// Compares the archive folder with the system's tar, gzip, zstd, bzip2 and xz, in one run on one machine:
//   npm run build && node bench/archive.mjs [MEGABYTES]
// Each line is one variant: wall time, processor time (ours and the children's), and the ratio of the sizes.
import { spawn, spawnSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import {
  closeSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const { packTar, TarWriter } = await import('../dist/archive/tar-writer.js');
const { readTar } = await import('../dist/archive/tar-reader.js');
const { writeLayer } = await import('../dist/archive/layer-writer.js');
const { decompress } = await import('../dist/archive/decompress.js');

const megabytes = Number(process.argv[2] ?? 100);
const folder = mkdtempSync(join(tmpdir(), 'polyarch-bench-'));
const sample = join(folder, 'sample.tar');

function* filesBelow(path) {
  for (const item of readdirSync(path, { withFileTypes: true })) {
    if (item.isDirectory()) yield* filesBelow(join(path, item.name));
    else if (item.isFile()) yield join(path, item.name);
  }
}

function entryOf(path, stat) {
  const modified = { seconds: Math.floor(stat.mtimeMs / 1000), nanoseconds: 0 };
  return {
    path: path.slice(1),
    type: 'file',
    mode: stat.mode & 0o7777,
    uid: stat.uid,
    gid: stat.gid,
    sizeBytes: stat.size,
    modified,
  };
}

/** Half packages (text), half the program of Node (machine code). */
function* sampleInputs() {
  let left = megabytes * 5e5;
  for (const path of filesBelow(new URL('../node_modules', import.meta.url).pathname)) {
    const stat = lstatSync(path);
    if (stat.size > left) continue;
    left -= stat.size;
    yield { entry: entryOf(path, stat), content: readFileSync(path) };
  }
  const program = readFileSync(process.execPath).subarray(0, megabytes * 5e5);
  yield {
    entry: { ...entryOf(process.execPath, lstatSync(process.execPath)), sizeBytes: program.length },
    content: program,
  };
}

async function* chunksOf(file, size = 1024 * 1024) {
  const descriptor = openSync(file, 'r');
  try {
    for (;;) {
      const chunk = Buffer.allocUnsafe(size);
      const count = readSync(descriptor, chunk);
      if (count === 0) return;
      yield chunk.subarray(0, count);
    }
  } finally {
    closeSync(descriptor);
  }
}

async function* inOrder(chunks) {
  yield* chunks;
}

async function measure(name, inBytes, work) {
  const cpu = process.cpuUsage();
  const started = performance.now();
  const { outBytes, childSeconds = 0 } = await work();
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const cpuSeconds = childSeconds > 0 ? childSeconds : (user + system) / 1e6;
  const columns = [
    name.padEnd(44),
    `${(inBytes / 1e6 / seconds).toFixed(0).padStart(6)} MB/s`,
    `${(inBytes / 1e6 / cpuSeconds).toFixed(0).padStart(6)} MB/cpu-s`,
    outBytes === undefined ? '' : (outBytes / inBytes).toFixed(4).padStart(8),
  ];
  console.log(columns.join('  '));
}

/** Runs a program on a file, throwing its output away, and gives the processor time it took. */
async function run(program, args, file) {
  const input = file === undefined ? 'ignore' : openSync(file, 'r');
  const script = 'set -o pipefail; "$@" | wc -c; times >&2';
  const child = spawn('bash', ['-c', script, 'bash', program, ...args], { stdio: [input, 'pipe', 'pipe'] });
  let out = '';
  let times = '';
  child.stdout.on('data', (data) => (out += data));
  child.stderr.on('data', (data) => (times += data));
  const status = await new Promise((resolve) => child.on('close', resolve));
  if (status !== 0) throw new Error(`${program}: ${times}`);
  const spent = [
    ...times
      .trim()
      .split('\n')
      .at(-1)
      .matchAll(/(\d+)m([\d.]+)s/g),
  ];
  return { outBytes: Number(out), childSeconds: spent.reduce((sum, [, m, s]) => sum + Number(m) * 60 + Number(s), 0) };
}

function installed(program) {
  return spawnSync(program, ['--version']).error === undefined;
}

async function packSmallFiles() {
  const count = 20_000;
  const content = randomFillSync(Buffer.alloc(4096));
  const tree = join(folder, 'tree');
  for (let index = 0; index < count; index++) {
    const path = join(tree, `pkg-${index % 200}`);
    if (index < 200) mkdirSync(path, { recursive: true });
    writeFileSync(join(path, `file-${index}.js`), content);
  }
  const bytes = count * 4096;
  const paths = [...filesBelow(tree)];
  const entries = paths.map((path) => entryOf(path, lstatSync(path)));
  console.log(`\n20,000 files of 4 KiB`);
  await measure('warm-up', bytes, async () => {
    for await (const chunk of packTar(entries.map((entry) => ({ entry, content })))) chunk.length;
    return {};
  });
  await measure('TarWriter, contents in memory', bytes, async () => {
    const writer = new TarWriter(() => undefined);
    for (const entry of entries) {
      const busy = writer.appendBytes(entry, content);
      if (busy !== undefined) await busy;
    }
    await writer.finish();
    return {};
  });
  await measure('TarWriter, contents read from disk', bytes, async () => {
    const writer = new TarWriter(() => undefined);
    for (const path of filesBelow(tree)) await writer.appendBytes(entryOf(path, lstatSync(path)), readFileSync(path));
    await writer.finish();
    return {};
  });
  if (installed('tar'))
    await measure('GNU tar -cf - tree', bytes, () => run('tar', ['-C', folder, '-cf', '-', 'tree']));
  const archive = [];
  for await (const chunk of packTar(entries.map((entry) => ({ entry, content })))) archive.push(chunk);
  await measure('readTar, contents read', bytes, async () => {
    for await (const { content: read } of readTar(inOrder(archive))) (await read.bytes()).length;
    return {};
  });
}

async function compressSample() {
  const variants = [
    ['gzip level 1', { level: 1 }],
    ['gzip level 2', { level: 2 }],
    ['gzip level 4 (default)', {}],
    ['gzip level 6', { level: 6 }],
    ['gzip reproducible level 2', { reproducible: true, level: 2 }],
    ['gzip reproducible level 4 (default)', { reproducible: true }],
    ['zstd level 1', { compression: 'zstd', level: 1 }],
    ['zstd level 3 (default)', { compression: 'zstd' }],
    ['none', { compression: 'none' }],
  ];
  const bytes = lstatSync(sample).size;
  console.log(`\nA layer of ${(bytes / 1e6).toFixed(0)} MB: compressed, with both digests`);
  for (const [name, options] of variants) {
    await measure(`writeLayer, ${name}`, bytes, async () => {
      const consume = async (content) => {
        for await (const chunk of content) chunk.length;
      };
      return { outBytes: (await writeLayer(chunksOf(sample), { ...options, consume })).sizeBytes };
    });
  }
  for (const [program, level] of [
    ['gzip', '-1'],
    ['gzip', '-6'],
    ['pigz', '-6'],
    ['zstd', '-1'],
    ['zstd', '-3'],
  ]) {
    if (installed(program))
      await measure(`${program} ${level}, no digests`, bytes, () => run(program, [level, '-c'], sample));
  }
}

async function storeNoise() {
  const file = join(folder, 'noise');
  const bytes = 64 * 1024 * 1024;
  writeFileSync(file, randomFillSync(Buffer.alloc(bytes)));
  console.log('\n64 MiB that cannot be compressed');
  for (const [name, options] of [
    ['gzip', {}],
    ['gzip reproducible', { reproducible: true }],
    ['zstd', { compression: 'zstd' }],
  ]) {
    await measure(`writeLayer, ${name}`, bytes, async () => {
      const consume = async (content) => {
        for await (const chunk of content) chunk.length;
      };
      return { outBytes: (await writeLayer(chunksOf(file), { ...options, consume })).sizeBytes };
    });
  }
  if (installed('gzip')) await measure('gzip -6, no digests', bytes, () => run('gzip', ['-6', '-c'], file));
}

async function decompressSample() {
  const bytes = lstatSync(sample).size;
  console.log('\nThe layer decompressed (figures by uncompressed size)');
  for (const [program, ...args] of [
    ['gzip', '-6'],
    ['zstd', '-3'],
    ['zstd', '-9', '--no-check'],
    ['bzip2', '-9'],
    ['xz', '-1'],
  ]) {
    if (!installed(program)) continue;
    const file = join(folder, `sample.${program}`);
    const compressed = spawnSync('bash', ['-c', `${program} ${args.join(' ')} -c < ${sample} > ${file}`]);
    if (compressed.status !== 0) throw new Error(String(compressed.stderr));
    await measure(`decompress of ${program} ${args.join(' ')}`, bytes, async () => {
      for await (const chunk of decompress(chunksOf(file, 65_536))) chunk.length;
      return {};
    });
    await measure(`${program} -dc`, bytes, async () => ({
      childSeconds: (await run(program, ['-dc'], file)).childSeconds,
    }));
  }
}

try {
  const chunks = [];
  for await (const chunk of packTar(sampleInputs())) chunks.push(chunk);
  writeFileSync(sample, Buffer.concat(chunks));
  await packSmallFiles();
  await compressSample();
  await storeNoise();
  await decompressSample();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
