// The same six cells, three variants for two platforms, on the same BuildKit node: `polyarch build --push`, with its plan, its
// journal, its proof and every read-back, beside `docker buildx bake`, which does none of these. Every round is cold, and they
// take turns. Then once more with one hiccup a cell: the first download of each cell answers 503.
// Build first: npm run build. Usage: node bench/bake.mjs [rounds=3]
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findBusybox } from '../scripts/debian-packages.mjs';
import { registerEmulators } from '../scripts/real-engine.mjs';
import { startBench } from './peers.mjs';

const rounds = Number(process.argv[2] ?? 3);
const program = process.env['POLYARCH_BENCH_PROGRAM'] ?? fileURLToPath(new URL('../dist/bin.js', import.meta.url));
const variants = ['python', 'java', 'golang'];
const platforms = ['linux/amd64', 'linux/arm64'];

const folder = mkdtempSync(join(tmpdir(), 'polyarch-bake-bench-'));
const downloads = await serveDownloads();
const peer = await startBench(folder);
try {
  if (peer === undefined) console.log('bake was not measured: no engine could be started here (needs root on Debian)');
  else await main(peer);
} finally {
  await peer?.stop();
  downloads.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function main({ env, registry }) {
  registerEmulators();
  await makeProject(registry, env);
  await warmUp(registry, env);
  const times = { ours: [], theirs: [] };
  for (let round = 0; round < rounds; round++) {
    const sides = [
      ['ours', ours],
      ['theirs', theirs],
    ];
    for (const [side, build] of round % 2 === 0 ? sides : sides.toReversed()) {
      const { seconds, code, output } = await build({ registry, env, id: `${side}-${round}` });
      if (code !== 0) throw new Error(`${side} ended with ${code}: ${output}`);
      times[side].push(seconds);
    }
  }
  console.log(`Three variants for two platforms, one of them emulated, cold, in turns, ${rounds} rounds:`);
  console.log(`  polyarch build     ${shown(times.ours)}`);
  console.log(`  docker buildx bake ${shown(times.theirs)}`);
  compare('median', median(times.ours), median(times.theirs));
  compare('best', Math.min(...times.ours), Math.min(...times.theirs));
  await hiccup(registry, env);
}

/** The first download of each cell fails: one failure a cell that passes when it is tried again. */
async function hiccup(registry, env) {
  downloads.failOnce();
  const mine = await ours({ registry, env, id: 'ours-hiccup' });
  const oursFailed = downloads.failOnce();
  const other = await theirs({ registry, env, id: 'theirs-hiccup' });
  const theirsFailed = downloads.failOnce();
  console.log('The same with one download of each cell that answers 503 at first:');
  console.log(`  polyarch build     ${endOf(mine)}, ${oursFailed} downloads failed`);
  console.log(`  docker buildx bake ${endOf(other)}, ${theirsFailed} downloads failed`);
  if (mine.code !== 0) throw new Error(`polyarch did not finish: ${mine.output}`);
}

function compare(name, mine, other) {
  console.log(`  ${(mine / other).toFixed(3)} x by the ${name} (goal: 1.05): ${(mine - other).toFixed(2)} s more`);
}

function shown(times) {
  return `${median(times).toFixed(2)} s (${times.map((time) => time.toFixed(2)).join(', ')})`;
}

function endOf({ code, seconds }) {
  return `${code === 0 ? 'finished' : `failed with ${code}`} after ${seconds.toFixed(1)} s`;
}

/** Busybox under its own name: what it is called with decides what it does. */
async function makeProject(registry, env) {
  const project = join(folder, 'project');
  mkdirSync(join(project, 'src'), { recursive: true });
  for (const architecture of ['amd64', 'arm64']) {
    copyFileSync(await findBusybox(architecture), join(project, `busybox-${architecture}`));
    chmodSync(join(project, `busybox-${architecture}`), 0o755);
  }
  for (let n = 0; n < 200; n++) writeFileSync(join(project, 'src', `file${n}`), randomBytes(20_000));
  writeFileSync(
    join(project, 'Dockerfile.base'),
    'FROM scratch\nARG TARGETARCH\nCOPY busybox-$TARGETARCH /bin/busybox\nCOPY busybox-$TARGETARCH /bin/sh\n',
  );
  writeFileSync(
    join(project, 'Dockerfile'),
    [
      `FROM ${registry}/base:1`,
      'ARG TARGETARCH VARIANT ROUND DOWNLOADS',
      'ADD ${DOWNLOADS}/$ROUND/$VARIANT/$TARGETARCH /download',
      'COPY src/ /src/',
      // A build in small: it reads what was copied, computes, and writes something that no other has.
      'RUN for n in 1 2 3 4 5 6 7 8 9 10; do busybox cat /src/* | busybox gzip | busybox sha256sum >> /made; done; echo "$VARIANT $ROUND" >> /made',
      'RUN busybox dd if=/dev/urandom of=/data bs=1M count=4',
      '',
    ].join('\n'),
  );
  const base = ['--platform', platforms.join(','), '--provenance=false', '-f', join(project, 'Dockerfile.base')];
  const output = ['--output', `type=image,name=${registry}/base:1,push=true`];
  const build = ['buildx', 'build', '--builder', 'bench', ...base, ...output, project];
  const { code, output: said } = await run('docker', build, env);
  if (code !== 0) throw new Error(`The base could not be pushed: ${said}`);
}

/** What is loaded once, on both sides: the base, the emulator, the program. */
async function warmUp(registry, env) {
  for (const build of [ours, theirs]) {
    const { code, output } = await build({ registry, env, id: `warm-${build.name}` });
    if (code !== 0) throw new Error(`The first build ended with ${code}: ${output}`);
  }
}

function ours({ registry, env, id }) {
  const project = join(folder, 'project');
  const config = join(project, 'polyarch.yaml');
  const list = variants.map((name) => `  ${name}: {args: {VARIANT: ${name}}}`);
  writeFileSync(
    config,
    [
      `image: ${registry}/ours`,
      `platforms: [${platforms.join(', ')}]`,
      'emulation: allow',
      `tags: ["type=raw,value=${id}"]`,
      `args: {ROUND: ${id}, DOWNLOADS: "${downloads.address}"}`,
      'variants:',
      ...list,
      'builders: [{name: bench, slots: 6}]',
      '',
    ].join('\n'),
  );
  return run(process.execPath, [program, 'build', project, '--push', '--progress', 'plain'], {
    ...env,
    POLYARCH_CACHE_DIR: join(folder, 'cache'),
  });
}

function theirs({ registry, env, id }) {
  const project = join(folder, 'project');
  const target = Object.fromEntries(
    variants.map((name) => [
      name,
      {
        context: project,
        platforms,
        args: { VARIANT: name, ROUND: id, DOWNLOADS: downloads.address },
        tags: [`${registry}/theirs:${id}-${name}`],
        output: ['type=image,push=true'],
      },
    ]),
  );
  const file = join(folder, 'bake.json');
  writeFileSync(file, JSON.stringify({ group: { default: { targets: variants } }, target }));
  return run('docker', ['buildx', 'bake', '--builder', 'bench', '--progress', 'plain', '--file', file], env);
}

/** How a program ended, how long it took, and the end of what it said. */
async function run(name, args, env) {
  const started = performance.now();
  const child = spawn(name, args, { env, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const keep = (chunk) => (output = `${output}${chunk}`.slice(-4000));
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const [code] = await once(child, 'close');
  return { code, seconds: (performance.now() - started) / 1000, output };
}

/** A server on the loopback that BuildKit, which runs on this machine, downloads from. */
async function serveDownloads() {
  let isFailing = false;
  let failed = new Set();
  const server = createServer((request, response) => {
    if (isFailing && !failed.has(request.url)) {
      failed.add(request.url);
      response.writeHead(503).end();
    } else response.writeHead(200, { etag: `"${request.url}"` }).end(`${request.url}\n`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `http://127.0.0.1:${server.address().port}`,
    /** From now on every address fails the first time; gives how many did until now. */
    failOnce: () => {
      const count = failed.size;
      isFailing = true;
      failed = new Set();
      return count;
    },
    stop: () => server.close(),
  };
}

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
