// 32 clients pull the same blobs at once: from the embedded registry, and from docker-registry where it is installed.
// Usage: node bench/registry-throughput.mjs [blobs=8] [mebibytes=16] [clients=32]
import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const [blobCount = 8, mebibytes = 16, clientCount = 32] = process.argv.slice(2).map(Number);
const dist = fileURLToPath(new URL('../dist', import.meta.url));
const rounds = 3;

if (process.argv[2] === 'client') await pullAll(JSON.parse(process.argv[3]));
else await compare();

async function compare() {
  const folder = mkdtempSync(join(tmpdir(), 'polyarch-throughput-'));
  const blobs = Array.from({ length: blobCount }, () => randomBytes(mebibytes * 1024 * 1024));
  const registries = [await startOurs(folder), await startTheirs(folder)].filter((registry) => registry !== undefined);
  try {
    const speeds = new Map();
    for (const registry of registries) for (const blob of blobs) await push(registry, blob);
    // In turns, so that what else the machine does hits both alike.
    for (let round = 0; round < rounds; round++) {
      for (const registry of registries) {
        const { seconds, bytes } = await pullWithClients(registry, blobs.map(digestOf));
        const speed = bytes / seconds / 1024 ** 2;
        speeds.set(registry.name, [...(speeds.get(registry.name) ?? []), speed]);
        console.log(
          `${registry.name}: ${clientCount} clients, ${Math.round(bytes / 1024 ** 2)} MiB in ${seconds.toFixed(2)} s, ${Math.round(speed)} MiB/s, peak ${peakOf(registry.child)} MiB`,
        );
      }
    }
    const [ours, theirs] = registries.map(({ name }) => median(speeds.get(name)));
    console.log(
      `median: ours ${Math.round(ours)} MiB/s${theirs === undefined ? '; docker-registry is not installed' : `, docker-registry ${Math.round(theirs)} MiB/s, ratio ${(ours / theirs).toFixed(2)}`}`,
    );
  } finally {
    for (const { child } of registries) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

async function startOurs(folder) {
  const program = `
    import { createHost } from '${pathToFileURL(join(dist, 'host/create-host.js'))}';
    import { startRegistry } from '${pathToFileURL(join(dist, 'server/start-registry.js'))}';
    const { url } = await startRegistry({ host: createHost(), directory: '${join(folder, 'ours')}' });
    console.log(url);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout, 'data');
  return { name: 'polyarch', url: String(line).trim(), child };
}

async function startTheirs(folder) {
  if (spawnSync('docker-registry', ['--version']).error !== undefined) return undefined;
  const config = join(folder, 'config.yml');
  const port = 20_000 + (process.pid % 20_000);
  writeFileSync(
    config,
    `version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\nstorage: {filesystem: {rootdirectory: ${join(folder, 'theirs')}}}\nhttp: {addr: 127.0.0.1:${port}}\n`,
  );
  const child = spawn('docker-registry', ['serve', config], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  while (
    !(await fetch(`${url}/v2/`).then(
      ({ ok }) => ok,
      () => false,
    ))
  )
    await new Promise((wake) => setTimeout(wake, 50));
  return { name: 'docker-registry', url, child };
}

async function push({ url }, bytes) {
  const begun = await fetch(`${url}/v2/bench/app/blobs/uploads/`, { method: 'POST' });
  const target = new URL(begun.headers.get('location'), url);
  target.searchParams.set('digest', digestOf(bytes));
  const { status } = await fetch(target, { method: 'PUT', body: bytes });
  if (status !== 201) throw new Error(`the push was answered ${status}`);
}

/** The clients run in a process of their own, so that they do not slow the registry they measure. */
async function pullWithClients({ url }, digests) {
  const self = fileURLToPath(import.meta.url);
  const child = spawn(process.execPath, [self, 'client', JSON.stringify({ url, digests, clientCount })], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk) => (text += chunk));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error('a client met an error');
  return JSON.parse(text);
}

async function pullAll({ url, digests, clientCount: clients }) {
  const started = performance.now();
  const counts = await Promise.all(
    Array.from({ length: clients }, async (_, number) => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      let bytes = 0;
      for (let step = 0; step < digests.length; step++) {
        bytes += await pull(`${url}/v2/bench/app/blobs/${digests[(number + step) % digests.length]}`, agent);
      }
      agent.destroy();
      return bytes;
    }),
  );
  const bytes = counts.reduce((sum, count) => sum + count, 0);
  console.log(JSON.stringify({ seconds: (performance.now() - started) / 1000, bytes }));
}

function pull(url, agent) {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      let bytes = 0;
      response.on('data', (chunk) => (bytes += chunk.length));
      response.on('end', () =>
        bytes === Number(response.headers['content-length']) ? resolve(bytes) : reject(new Error('short')),
      );
      response.on('error', reject);
    }).on('error', reject);
  });
}

function digestOf(bytes) {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function peakOf({ pid }) {
  try {
    return Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024);
  } catch {
    return '?';
  }
}

function median(values = []) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
