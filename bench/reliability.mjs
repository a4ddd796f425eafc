// Puts polyarch, and every peer that is on PATH, through the table of faults in front of a real registry, and prints what
// came of it as the Markdown of docs/reliability.md. The rows are those of test/contract/registry/fault-table.test.ts: test/support/fault-proxy-rows.jsonl.
//
// Usage: node bench/reliability.mjs [--only polyarch,crane] [--rows TEXT] [--limit SECONDS] [--out FILE]
//
// The registry is docker-registry where it is installed, else polyarch's own. Each cell has a repository and a proxy of its
// own; after a push the registry is read back and every byte hashed, after a pull the layout on disk.
import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { startFaultProxy } from '../test/support/fault-proxy.mjs';

const { values: flags } = parseArgs({
  options: {
    only: { type: 'string' },
    rows: { type: 'string', default: '' },
    limit: { type: 'string', default: '150' },
    out: { type: 'string' },
    dist: { type: 'string', default: fileURLToPath(new URL('../dist', import.meta.url)) },
  },
});
const limitMs = Number(flags.limit) * 1000;
const folder = mkdtempSync(join(tmpdir(), 'polyarch-reliability-'));
const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const tag = 'v1';
const polyarch = join(flags.dist, 'bin.js');
const hidden = join(folder, 'empty-home');

/** How each client pushes a layout to a registry, and pulls from one into a layout. */
const clients = [
  {
    name: 'polyarch',
    program: process.execPath,
    version: [polyarch, '--version'],
    push: (at) => [polyarch, 'copy', `oci:${at.layout}:${tag}`, at.reference],
    pull: (at) => [polyarch, 'copy', at.reference, `oci:${at.target}:${tag}`],
  },
  {
    name: 'crane',
    program: 'crane',
    version: ['version'],
    push: (at) => ['push', '--insecure', at.layout, at.reference],
    pull: (at) => ['pull', '--insecure', '--format', 'oci', at.reference, at.target],
  },
  {
    name: 'skopeo',
    program: 'skopeo',
    version: ['--version'],
    push: (at) => ['copy', '--dest-tls-verify=false', `oci:${at.layout}:${tag}`, `docker://${at.reference}`],
    pull: (at) => ['copy', '--src-tls-verify=false', `docker://${at.reference}`, `oci:${at.target}:${tag}`],
  },
  {
    name: 'skopeo, 3 retries',
    program: 'skopeo',
    version: ['--version'],
    push: (at) => [
      ...['copy', '--retry-times', '3', '--dest-tls-verify=false'],
      ...[`oci:${at.layout}:${tag}`, `docker://${at.reference}`],
    ],
    pull: (at) => [
      ...['copy', '--retry-times', '3', '--src-tls-verify=false'],
      ...[`docker://${at.reference}`, `oci:${at.target}:${tag}`],
    ],
  },
  {
    name: 'oras',
    program: 'oras',
    version: ['version'],
    push: (at) => ['cp', '--no-tty', '--to-plain-http', '--from-oci-layout', `${at.layout}:${tag}`, at.reference],
    pull: (at) => ['cp', '--no-tty', '--from-plain-http', '--to-oci-layout', at.reference, `${at.target}:${tag}`],
  },
  {
    name: 'regctl',
    program: 'regctl',
    version: ['version', '--format', '{{.VCSTag}}'],
    hosts: true,
    push: (at) => ['image', 'copy', `ocidir://${at.layout}:${tag}`, at.reference],
    pull: (at) => ['image', 'copy', at.reference, `ocidir://${at.target}:${tag}`],
  },
  {
    name: 'buildx',
    program: 'docker',
    builds: true,
    version: ['buildx', 'version'],
    probe: ['buildx', 'inspect', '--bootstrap'],
    push: (at) => [
      ...['buildx', 'build', '--quiet', '--provenance=false'],
      ...['--output', `type=image,name=${at.reference},push=true,registry.insecure=true`, at.context],
    ],
  },
];

try {
  const present = clients.filter(isPresent);
  const image = writeLayout(join(folder, 'layout'));
  mkdirSync(hidden, { recursive: true });
  const registry = await startRegistry();
  const rows = readRows();
  const tables = [];
  for (const [table, title] of [
    ['7.1', 'Push'],
    ['7.2', 'Pull'],
  ]) {
    const able = present.filter((client) => client[title.toLowerCase()] !== undefined);
    const lines = [];
    for (const row of rows.filter(({ bench }) => bench === table)) {
      const cells = await Promise.all(able.map((client) => measure(client, { row, registry, image })));
      console.error(`${row.name}: ${cells.map((cell, at) => `${able[at].name} ${cell.text}`).join(', ')}`);
      lines.push({ row, cells });
    }
    if (lines.length > 0) tables.push(render(title, able, lines));
  }
  await registry.stop();
  const text = [
    `Registry: ${registry.name}. One layer of 8 MiB and a config; ${flags.limit} s at most. Each cell: outcome, seconds, requests.`,
    'A fault that stays is meant to end in a failure; there the time and the message count.',
    ...tables,
  ].join('\n\n');
  if (flags.out === undefined) console.log(text);
  else writeFileSync(flags.out, `${text}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function isPresent(client) {
  if (flags.only !== undefined && !flags.only.split(',').includes(client.name)) return false;
  const probed = spawnSync(client.program, client.probe ?? client.version, { encoding: 'utf8', timeout: 30_000 });
  if (probed.status !== 0) return false;
  const { stdout } = spawnSync(client.program, client.version, { encoding: 'utf8', timeout: 30_000 });
  client.shownVersion = /v?\d+\.\d+\.\d+[^\s,]*/.exec(stdout)?.[0] ?? '';
  return true;
}

function readRows() {
  const file = new URL('../test/support/fault-proxy-rows.jsonl', import.meta.url);
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ name }) => name.includes(flags.rows));
}

/** One client under one fault. */
async function measure(client, { row, registry, image }) {
  const name = `cell/${randomBytes(6).toString('hex')}`;
  const target = join(folder, randomBytes(6).toString('hex'));
  if (row.do === 'pull') await place(registry.host, name, image);
  const proxy = await startFaultProxy({ upstream: registry.host, rules: row.rules, layerDigest: image.layerDigest });
  // A builder that made the same layer before would mount it and send nothing.
  if (client.builds === true) writeFileSync(join(image.context, 'layer'), randomBytes(8 * 1024 * 1024));
  const at = { layout: image.layout, context: image.context, reference: `${proxy.host}/${name}:${tag}`, target };
  const started = performance.now();
  const ended = await runClient(client, row.do === 'pull' ? client.pull(at) : client.push(at), proxy.host);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  await proxy.stop();
  const isWhole = row.do === 'pull' ? isWholeLayout(target, image) : await isWholeImage(registry.host, name, client);
  const spent = `${seconds} s, ${proxy.requests.length}`;
  rmSync(target, { recursive: true, force: true });
  const survives = row.expect === 'survives';
  if (ended.kind === 'hang') return { text: `**hang** > ${flags.limit} s`, isGood: false };
  if (ended.code === 0 && isWhole) return { text: `ok ${spent}`, isGood: survives };
  if (ended.code === 0) return { text: `**accepts damage** ${spent}`, isGood: false };
  return {
    text: `${survives ? 'FAIL' : 'fails'}${isWhole && survives ? ' (is there)' : ''} ${spent}`,
    isGood: !survives,
  };
}

async function runClient(client, args, host) {
  const env = {
    ...process.env,
    HOME: hidden,
    DOCKER_CONFIG: process.env.DOCKER_CONFIG ?? join(process.env.HOME ?? '', '.docker'),
  };
  if (client.hosts === true) {
    env.REGCTL_CONFIG = join(folder, `${randomBytes(6).toString('hex')}.json`);
    writeFileSync(env.REGCTL_CONFIG, JSON.stringify({ hosts: { [host]: { tls: 'disabled' } } }));
  }
  const child = spawn(client.program, args, { env, stdio: ['ignore', 'ignore', 'pipe'], cwd: hidden });
  let said = '';
  child.stderr.on('data', (piece) => (said = `${said}${piece}`.slice(-2000)));
  const ended = once(child, 'close').then(([code]) => ({ kind: 'ended', code, said }));
  let timer;
  const over = new Promise((resolve) => (timer = setTimeout(() => resolve({ kind: 'hang' }), limitMs)));
  const outcome = await Promise.race([ended, over]);
  clearTimeout(timer);
  if (outcome.kind === 'hang') child.kill('SIGKILL');
  if (process.env.RELIABILITY_VERBOSE && outcome.code !== 0) console.error(`  ${client.name}: ${said.trim()}`);
  return outcome;
}

/** An OCI layout with one image, and a build context that makes the same layer. */
function writeLayout(layout) {
  mkdirSync(join(layout, 'blobs/sha256'), { recursive: true });
  const context = join(folder, 'context');
  mkdirSync(context);
  const bytes = randomBytes(8 * 1024 * 1024);
  writeFileSync(join(context, 'layer'), bytes);
  writeFileSync(join(context, 'Dockerfile'), 'FROM scratch\nCOPY layer /layer\n');
  const archive = tarOf('layer', bytes);
  const layer = gzipSync(archive, { level: 1 });
  const config = Buffer.from(
    JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [digestOf(archive)] } }),
  );
  const blobs = [config, layer];
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: digestOf(config), size: config.length },
      layers: [
        { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest: digestOf(layer), size: layer.length },
      ],
    }),
  );
  for (const blob of [...blobs, manifest]) writeFileSync(join(layout, 'blobs/sha256', digestOf(blob).slice(7)), blob);
  writeFileSync(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  const annotations = { 'org.opencontainers.image.ref.name': tag };
  const entry = { mediaType: manifestType, digest: digestOf(manifest), size: manifest.length, annotations };
  writeFileSync(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [entry] }));
  return { layout, context, blobs, manifest, layerDigest: digestOf(layer) };
}

/** Puts the image into a registry, past every proxy. */
async function place(host, name, { blobs, manifest }) {
  for (const blob of blobs) {
    const opened = await fetch(`http://${host}/v2/${name}/blobs/uploads/`, { method: 'POST' });
    const url = new URL(opened.headers.get('location'), `http://${host}`);
    url.searchParams.set('digest', digestOf(blob));
    await fetch(url, { method: 'PUT', body: blob, headers: { 'content-type': 'application/octet-stream' } });
  }
  const headers = { 'content-type': manifestType };
  await fetch(`http://${host}/v2/${name}/manifests/${tag}`, { method: 'PUT', body: manifest, headers });
}

async function isWholeImage(host, name) {
  const accept = `${manifestType}, application/vnd.docker.distribution.manifest.v2+json`;
  const answer = await fetch(`http://${host}/v2/${name}/manifests/${tag}`, { headers: { accept } });
  if (answer.status !== 200) return false;
  const manifest = JSON.parse(Buffer.from(await answer.arrayBuffer()).toString());
  for (const { digest } of [manifest.config, ...manifest.layers]) {
    const blob = await fetch(`http://${host}/v2/${name}/blobs/${digest}`);
    if (blob.status !== 200 || digestOf(Buffer.from(await blob.arrayBuffer())) !== digest) return false;
  }
  return true;
}

function isWholeLayout(target, { blobs, manifest }) {
  return [...blobs, manifest].every((blob) => {
    const file = join(target, 'blobs/sha256', digestOf(blob).slice(7));
    return existsSync(file) && readFileSync(file).equals(blob);
  });
}

async function startRegistry() {
  const port = await freePort();
  const host = `127.0.0.1:${port}`;
  const data = join(folder, 'registry');
  const isInstalled = spawnSync('docker-registry', ['--version']).status === 0;
  const config = join(folder, 'registry.yml');
  writeFileSync(
    config,
    `version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: ${data}}}\nhttp: {addr: ${host}}\n`,
  );
  const child = isInstalled
    ? spawn('docker-registry', ['serve', config], { stdio: 'ignore' })
    : spawn(process.execPath, [polyarch, 'registry', 'serve', '--addr', host, '--dir', data], { stdio: 'ignore' });
  for (;;) {
    const answer = await fetch(`http://${host}/v2/`).catch(() => undefined);
    if (answer?.ok) break;
    await new Promise((wake) => setTimeout(wake, 50));
  }
  return {
    host,
    name: isInstalled ? 'docker-registry' : 'polyarch registry serve',
    stop: async () => {
      const gone = once(child, 'close');
      child.kill();
      await gone;
    },
  };
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

function render(title, able, lines) {
  const names = able.map(({ name, shownVersion }) =>
    name.replace(/^[^,]*/, (word) => `${word} ${shownVersion}`.trim()),
  );
  const good = able.map((_, at) => lines.filter(({ cells }) => cells[at].isGood).length);
  return [
    `### ${title}`,
    '',
    `| fault | ${names.join(' | ')} |`,
    `|---|${names.map(() => '---').join('|')}|`,
    ...lines.map(({ row, cells }) => `| ${row.name} | ${cells.map(({ text }) => text).join(' | ')} |`),
    `| **as it should be, of ${lines.length}** | ${good.map((count) => `**${count}**`).join(' | ')} |`,
  ].join('\n');
}

function digestOf(bytes) {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** A tar archive with one file. */
function tarOf(name, bytes) {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000644\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${bytes.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write('        ', 148);
  header.write('0', 156);
  header.write('ustar\0', 257);
  header.write('00', 263);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, bytes, Buffer.alloc(1024 + ((512 - (bytes.length % 512)) % 512))]);
}
