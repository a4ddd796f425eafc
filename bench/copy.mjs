// Copies a six-platform layout of 100 MB into fresh repositories, and a second time, beside `crane push`.
// To docker-registry where it is installed, and to the embedded registry. Build first: npm run build.
// Usage: node bench/copy.mjs [mebibytes=100] [rounds=5]
import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const [mebibytes = 100, rounds = 5] = process.argv.slice(2).map(Number);
const root = fileURLToPath(new URL('..', import.meta.url));
const platforms = ['amd64', 'arm64', 'arm', '386', 'ppc64le', 's390x'];
const layersEach = 3;
const peers = join(root, '.work/peers/usr/bin');
const env = { ...process.env, PATH: `${process.env.PATH}:${peers}` };

const folder = mkdtempSync(join(tmpdir(), 'polyarch-copy-bench-'));
const layout = join(folder, 'layout');
makeLayout();
const registries = [await startTheirs(), await startOurs()].filter((registry) => registry !== undefined);
try {
  for (const registry of registries) await compare(registry);
} finally {
  for (const { child } of registries) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}

async function compare(registry) {
  const polyarch = (reference) => [process.execPath, join(root, 'dist/bin.js'), 'copy', `oci:${layout}`, reference];
  const tools = [{ name: 'polyarch copy', command: polyarch }];
  if (spawnSync('crane', ['version'], { env }).status === 0) {
    const crane = (reference) => ['crane', 'push', '--index', layout, reference];
    tools.push({ name: 'crane push', command: crane });
  }
  const times = new Map();
  // In turns, so that what else the machine does hits both alike.
  for (let round = 0; round < rounds; round++) {
    for (const { name, command } of tools) {
      const reference = `${registry.address}/bench/${name.replace(' ', '-')}-${round}:v1`;
      for (const kind of ['first', 'again']) {
        const measured = await measure(command(reference));
        const key = `${name}, ${kind}`;
        times.set(key, [...(times.get(key) ?? []), measured]);
      }
    }
  }
  console.log(`\n${mebibytes} MB, ${platforms.length} platforms, to ${registry.name}, median of ${rounds}:`);
  for (const [key, all] of times) {
    const seconds = median(all.map((one) => one.seconds)).toFixed(2);
    const processor = median(all.map((one) => one.processorSeconds)).toFixed(2);
    const peak = Math.round(Math.max(...all.map((one) => one.peakMebibytes)));
    console.log(`  ${key.padEnd(22)} ${seconds} s, processor ${processor} s, peak ${peak} MiB`);
  }
  for (const kind of tools.length > 1 ? ['first', 'again'] : []) {
    const [ours, theirs] = tools.map(({ name }) => median(times.get(`${name}, ${kind}`).map(({ seconds }) => seconds)));
    console.log(`  ratio, ${kind}: ${(ours / theirs).toFixed(2)}`);
  }
}

async function measure(command) {
  const started = performance.now();
  // The shell tells the processor time of what it ran: on a busy machine that is the figure to trust.
  const child = spawn('sh', ['-c', '"$@"; code=$?; times >&2; exit $code', 'sh', ...command], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaints = '';
  child.stderr.on('data', (chunk) => (complaints += chunk));
  let peakMebibytes = 0;
  const watch = setInterval(() => (peakMebibytes = Math.max(peakMebibytes, peakBelow(child.pid))), 10);
  const [code] = await once(child, 'close');
  clearInterval(watch);
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}: ${complaints}`);
  const seconds = (performance.now() - started) / 1000;
  return { seconds, processorSeconds: processorSecondsOf(complaints), peakMebibytes };
}

/** The last line of `times`: user and system time of the children, as 0m0.12s. */
function processorSecondsOf(text) {
  const times =
    text
      .trim()
      .split('\n')
      .at(-1)
      ?.matchAll(/(\d+)m([\d.]+)s/g) ?? [];
  return [...times].reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0);
}

function peakBelow(shell) {
  try {
    const children = readFileSync(`/proc/${shell}/task/${shell}/children`, 'utf8').trim().split(' ');
    return Math.max(0, ...children.filter((pid) => pid !== '').map(peakOf));
  } catch {
    return 0;
  }
}

function peakOf(pid) {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** The layout that `crane push --index` and `polyarch copy` both take for the same image. */
function makeLayout() {
  mkdirSync(join(layout, 'blobs/sha256'), { recursive: true });
  const layerBytes = Math.floor((mebibytes * 1024 * 1024) / platforms.length / layersEach);
  const manifests = platforms.map((architecture) => {
    const layers = Array.from({ length: layersEach }, () => blob('layer.v1.tar+gzip', randomBytes(layerBytes)));
    const config = {
      architecture,
      os: 'linux',
      rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
    };
    const manifest = { schemaVersion: 2, config: blob('config.v1+json', json(config)), layers };
    return { ...blob('manifest.v1+json', json(manifest)), platform: { architecture, os: 'linux' } };
  });
  const index = blob('index.v1+json', json({ schemaVersion: 2, manifests }));
  writeFileSync(join(layout, 'oci-layout'), json({ imageLayoutVersion: '1.0.0' }));
  writeFileSync(join(layout, 'index.json'), json({ schemaVersion: 2, manifests: [index] }));
}

function blob(type, bytes) {
  const hex = createHash('sha256').update(bytes).digest('hex');
  writeFileSync(join(layout, 'blobs/sha256', hex), bytes);
  return { mediaType: `application/vnd.oci.image.${type}`, digest: `sha256:${hex}`, size: bytes.length };
}

function json(value) {
  return Buffer.from(JSON.stringify(value));
}

async function startOurs() {
  const program = `
    import { createHost } from '${pathToFileURL(join(root, 'dist/host/create-host.js'))}';
    import { startRegistry } from '${pathToFileURL(join(root, 'dist/server/start-registry.js'))}';
    const { registry } = await startRegistry({ host: createHost(), directory: '${join(folder, 'ours')}' });
    console.log(registry);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout, 'data');
  return { name: 'the embedded registry', address: String(line).trim(), child };
}

async function startTheirs() {
  const program = ['/usr/bin/docker-registry'].find((path) => existsSync(path));
  if (program === undefined) return undefined;
  const config = join(folder, 'config.yml');
  const address = `127.0.0.1:${20_000 + (process.pid % 20_000)}`;
  const log = 'log: {level: error, accesslog: {disabled: true}}';
  const storage = `storage: {filesystem: {rootdirectory: ${join(folder, 'theirs')}}}`;
  writeFileSync(config, `version: 0.1\n${log}\n${storage}\nhttp: {addr: ${address}}\n`);
  const child = spawn(program, ['serve', config], { stdio: 'ignore' });
  const isUp = () =>
    fetch(`http://${address}/v2/`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await isUp())) await new Promise((wake) => setTimeout(wake, 50));
  return { name: 'docker-registry', address, child };
}
