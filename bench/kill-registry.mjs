// Kills the embedded registry with SIGKILL in the middle of pushes, again and again, and looks each time whether every tag
// it serves afterwards leads to an image that is whole and true, and whether anything that it had confirmed is gone.
// Usage: node bench/kill-registry.mjs [rounds=50]
import { spawn } from 'node:child_process';
import { createHash, randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const [rounds = 50] = process.argv.slice(2).map(Number);
const dist = fileURLToPath(new URL('../dist', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'polyarch-kill-'));
const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const indexType = 'application/vnd.oci.image.index.v1+json';
const repository = 'team/app';
const pusherCount = 4;

const totals = {
  kills: 0,
  confirmedTags: 0,
  tagChecks: 0,
  checkedBytes: 0,
  resumedUploads: 0,
  broken: 0,
  lost: 0,
  slowestStartMs: 0,
};
/** By tag: the digest that the registry confirmed. */
const confirmed = new Map();
/** Uploads that were under way when the registry was killed. */
let interrupted = [];

try {
  for (let round = 0; round < rounds; round++) {
    const registry = await start();
    await finishInterrupted(registry);
    const progress = { requests: 0 };
    const pushing = Array.from({ length: pusherCount }, (_, pusher) =>
      pushUntilGone(registry, `r${round}p${pusher}`, progress),
    );
    const killAt = randomInt(3, 60);
    while (progress.requests < killAt) await new Promise((wake) => setTimeout(wake, 1));
    // Not only right after an answer: anywhere in the work on the next requests.
    await new Promise((wake) => setTimeout(wake, randomInt(0, 12)));
    const gone = once(registry.child, 'close');
    registry.child.kill('SIGKILL');
    await gone;
    await Promise.all(pushing);
    totals.kills += 1;
    await check(await start());
  }
} finally {
  report();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(totals.broken + totals.lost === 0 ? 0 : 1);

async function start() {
  const startedMs = performance.now();
  const program = `
    import { createHost } from '${pathToFileURL(join(dist, 'host/create-host.js'))}';
    import { startRegistry } from '${pathToFileURL(join(dist, 'server/start-registry.js'))}';
    const { url } = await startRegistry({ host: createHost(), directory: '${folder}' });
    console.log(url);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout, 'data');
  totals.slowestStartMs = Math.max(totals.slowestStartMs, performance.now() - startedMs);
  return { url: String(line).trim(), child };
}

/** Pushes two-platform images until the registry is gone: whole blobs, chunks and streams in turn, and moves `latest`. */
async function pushUntilGone(registry, name, progress) {
  for (let count = 0; ; count++) {
    try {
      const manifests = [];
      for (const architecture of ['amd64', 'arm64']) manifests.push(await pushImage(registry, architecture, progress));
      const index = JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests });
      const tag = `${name}-${count}`;
      const digest = await pushManifest(registry, index, indexType, [tag, 'latest'], progress);
      confirmed.set(tag, digest);
      totals.confirmedTags += 1;
    } catch {
      return;
    }
  }
}

async function pushImage(registry, architecture, progress) {
  const layers = [];
  for (const size of [20_000, 400_000, 1_500_000])
    layers.push(await pushBlob(registry, randomBytes(size + randomInt(1000)), progress));
  const config = await pushBlob(
    registry,
    Buffer.from(JSON.stringify({ architecture, os: 'linux', id: randomInt(1e9) })),
    progress,
  );
  const describe = ({ digest, size }, mediaType) => ({ mediaType, digest, size });
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: manifestType,
    config: describe(config, 'application/vnd.oci.image.config.v1+json'),
    layers: layers.map((layer) => describe(layer, 'application/vnd.oci.image.layer.v1.tar+gzip')),
  });
  const digest = await pushManifest(registry, manifest, manifestType, [], progress);
  return {
    mediaType: manifestType,
    digest,
    size: Buffer.byteLength(manifest),
    platform: { os: 'linux', architecture },
  };
}

async function pushBlob(registry, bytes, progress) {
  const digest = digestOf(bytes);
  const target = await ask(registry, `/v2/${repository}/blobs/uploads/`, { method: 'POST' }, 202);
  const upload = { location: target.headers.get('location'), bytes, digest };
  interrupted.push(upload);
  if (bytes.length > 100_000) await patch(registry, upload, 0, Math.floor(bytes.length / 2));
  const offset = bytes.length > 100_000 ? Math.floor(bytes.length / 2) : 0;
  await finish(registry, upload, offset);
  interrupted = interrupted.filter((other) => other !== upload);
  progress.requests += 1;
  return { digest, size: bytes.length };
}

async function patch(registry, { location, bytes }, start, end) {
  const headers = { 'Content-Range': `${start}-${end - 1}` };
  await ask(registry, location, { method: 'PATCH', headers, body: bytes.subarray(start, end) }, 202);
}

function finish(registry, { location, bytes, digest }, offset) {
  const rest = bytes.subarray(offset);
  const headers = rest.length === 0 ? {} : { 'Content-Range': `${offset}-${bytes.length - 1}` };
  return ask(registry, `${location}?digest=${digest}`, { method: 'PUT', headers, body: rest }, 201);
}

/** Goes on with what the kill interrupted, as a client does: where the registry says that it stopped. */
async function finishInterrupted(registry) {
  for (const upload of interrupted.splice(0)) {
    const state = await fetch(registry.url + upload.location);
    if (state.status === 404) continue;
    const last = Number(state.headers.get('range').split('-')[1]);
    await finish(registry, upload, last === 0 ? 0 : last + 1);
    const back = await fetch(`${registry.url}/v2/${repository}/blobs/${upload.digest}`);
    if (digestOf(Buffer.from(await back.arrayBuffer())) !== upload.digest) totals.broken += 1;
    totals.resumedUploads += 1;
  }
}

async function pushManifest(registry, text, type, tags, progress) {
  const digest = digestOf(text);
  const query = tags.map((tag) => `tag=${tag}`).join('&');
  const options = { method: 'PUT', headers: { 'Content-Type': type }, body: text };
  await ask(registry, `/v2/${repository}/manifests/${digest}?${query}`, options, 201);
  progress.requests += 1;
  return digest;
}

async function ask({ url }, path, options, expected) {
  const answer = await fetch(url + path, { ...options, duplex: 'half' });
  if (answer.status !== expected)
    throw new Error(`${options.method} ${path} was answered ${answer.status}: ${await answer.text()}`);
  await answer.arrayBuffer();
  return answer;
}

async function check(registry) {
  const seen = new Map();
  const list = await fetch(`${registry.url}/v2/${repository}/tags/list`);
  const tags = list.status === 404 ? [] : (await list.json()).tags;
  for (const tag of tags) {
    totals.tagChecks += 1;
    const digest = await pull(registry, 'manifests', tag, seen);
    if (tag !== 'latest' && confirmed.has(tag) && confirmed.get(tag) !== digest) totals.lost += 1;
  }
  for (const tag of confirmed.keys()) if (!tags.includes(tag)) totals.lost += 1;
  const leftovers = readdirSync(join(folder, '.registry/temporary'));
  if (leftovers.length > 0) console.log(`left behind: ${leftovers.join(' ')}`);
  const gone = once(registry.child, 'close');
  registry.child.kill('SIGKILL');
  await gone;
}

/** Pulls and hashes what a reference leads to, each thing once a round. */
async function pull(registry, kind, reference, seen) {
  if (seen.has(reference)) return seen.get(reference);
  const answer = await fetch(`${registry.url}/v2/${repository}/${kind}/${reference}`);
  const bytes = Buffer.from(await answer.arrayBuffer());
  const digest = digestOf(bytes);
  seen.set(reference, digest);
  totals.checkedBytes += bytes.length;
  if (answer.status !== 200 || (reference.includes(':') && reference !== digest)) {
    totals.broken += 1;
    console.log(`${kind}/${reference} was answered ${answer.status}`);
    return digest;
  }
  if (kind === 'blobs') return digest;
  const document = JSON.parse(bytes);
  for (const child of document.manifests ?? []) await pull(registry, 'manifests', child.digest, seen);
  for (const child of [document.config, ...(document.layers ?? [])]) {
    if (child !== undefined) await pull(registry, 'blobs', child.digest, seen);
  }
  return digest;
}

function digestOf(bytes) {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function report() {
  console.log(`killed ${totals.kills} times under ${pusherCount} running pushes`);
  console.log(`tags confirmed to clients: ${totals.confirmedTags}; of these lost: ${totals.lost}`);
  console.log(
    `tags pulled and hashed after restarts: ${totals.tagChecks} (${Math.round(totals.checkedBytes / 1024 ** 2)} MiB); incomplete or wrong: ${totals.broken}`,
  );
  console.log(
    `uploads gone on with after a restart: ${totals.resumedUploads}; slowest start ${Math.round(totals.slowestStartMs)} ms`,
  );
}
