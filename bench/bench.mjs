// `npm run bench`: ours beside docker buildx, in one run on one machine. Runs alternate, so that a machine that
// becomes slower is slower for both. Without Docker only ours is measured, and the output says so.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { makeContext, makeLargeContext } from './make-context.mjs';
import { startBench } from './peers.mjs';

const run = promisify(execFile);
const program = fileURLToPath(new URL('../dist/bin.js', import.meta.url));
const six = 'linux/amd64,linux/arm64,linux/arm/v7,linux/ppc64le,linux/s390x,linux/riscv64';
const rounds = Number(process.env['ROUNDS'] ?? 3);

const folder = mkdtempSync(join(tmpdir(), 'polyarch-bench-'));
/** With a registry, both start from one base for six platforms and push; without one ours starts from scratch. */
const context = makeContext(join(tmpdir(), 'polyarch-bench-context'));
const peer = await startBench(folder);
try {
  if (peer !== undefined) await pushBase();
  await main();
} finally {
  await peer?.stop();
  rmSync(folder, { recursive: true, force: true });
}
for (const name of ['publish.mjs', 'bake.mjs']) {
  const { stdout } = await run(process.execPath, [fileURLToPath(new URL(name, import.meta.url))]);
  console.log(stdout.trim());
}

async function main() {
  console.log(`139 MB context, 4,000 files; medians of ${rounds} rounds; ${process.arch}, Node ${process.version}`);
  const figures = {};
  const add = (name, seconds) => (figures[name] ??= []).push(seconds);
  for (let round = 0; round < rounds; round++) {
    await touchOne(round);
    add('ours, 1 platform, cold', await time(() => ours('linux/amd64', `cold1-${round}`)));
    add('ours, 6 platforms, cold', await time(() => ours(six, `cold6-${round}`)));
    add('ours, 6 platforms, nothing changed', await time(() => ours(six, `cold6-${round}`)));
    await touchOne(round + 1000);
    add('ours, 6 platforms, one file changed', await time(() => ours(six, `cold6-${round}`)));
    if (peer === undefined) continue;
    await touchOne(round + 2000);
    add('buildx, 1 platform, cold', await time(() => theirs('linux/amd64', round)));
    await touchOne(round + 3000);
    add('buildx, 6 platforms, cold', await time(() => theirs(six, round)));
    add('buildx, 6 platforms, nothing changed', await time(() => theirs(six, round)));
  }
  const median = (name) =>
    [...(figures[name] ?? [])].sort((a, b) => a - b)[Math.floor((figures[name] ?? []).length / 2)];
  for (const name of Object.keys(figures)) console.log(`${median(name).toFixed(2).padStart(7)} s  ${name}`);
  ratio('six platforms to one', median('ours, 6 platforms, cold'), median('ours, 1 platform, cold'), 1.15);
  if (peer === undefined)
    console.log('docker buildx was not measured: no engine could be started here (needs root on Debian)');
  else
    ratio(
      'ours to buildx, six platforms',
      median('ours, 6 platforms, cold'),
      median('buildx, 6 platforms, cold'),
      0.25,
    );
  await memory();
}

/** A base image that differs on every platform, as real ones do. */
async function pushBase() {
  const base = join(folder, 'base');
  mkdirSync(base);
  writeFileSync(
    join(base, 'Dockerfile'),
    'FROM scratch\nARG TARGETPLATFORM\nCOPY <<EOF /etc/platform\n$TARGETPLATFORM\nEOF\n',
  );
  await run(process.execPath, [program, 'build', base, '--platform', six, '-t', `${peer.registry}/base:1`, '--push']);
}

/** A layer that no cache has: one small file of the context is new. */
function touchOne(number) {
  writeFileSync(join(context, 'app', 'round.txt'), `round ${number} ${process.pid}\n`);
}

function ours(platforms, name) {
  const goal =
    peer === undefined
      ? ['-o', `oci:${join(folder, 'out', name)}`]
      : ['-t', `${peer.registry}/ours-${name}:1`, '--push', ...base()];
  return run(process.execPath, [program, 'build', context, '--platform', platforms, ...goal, '--progress', 'quiet'], {
    env: { ...process.env, POLYARCH_CACHE_DIR: join(folder, 'cache', name) },
  });
}

function theirs(platforms, name) {
  const output = `type=image,name=${peer.registry}/theirs-${name}:1,push=true`;
  const args = ['--builder', 'bench', '--provenance=false', '--platform', platforms, '--output', output, ...base()];
  return run('docker', ['buildx', 'build', ...args, context], { env: peer.env, maxBuffer: 1 << 26 });
}

function base() {
  return peer === undefined ? [] : ['--build-arg', `BASE=${peer.registry}/base:1`];
}

async function memory() {
  const large = makeLargeContext(join(tmpdir(), 'polyarch-bench-large'));
  const { stderr } = await run(
    '/usr/bin/time',
    [
      '-f',
      '%M',
      process.execPath,
      program,
      'build',
      large,
      '--platform',
      'linux/amd64',
      '-o',
      `oci:${join(folder, 'large')}`,
      '--progress',
      'quiet',
    ],
    {
      env: { ...process.env, POLYARCH_CACHE_DIR: join(folder, 'cache-large') },
    },
  );
  console.log(
    `${(Number(stderr.trim().split('\n').at(-1)) / 1024).toFixed(0)} MB peak memory for a 2 GB context (goal: 300)`,
  );
}

async function time(work) {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

function ratio(name, mine, other, goal) {
  console.log(`${(mine / other).toFixed(2).padStart(7)} x  ${name} (goal: ${goal})`);
}
