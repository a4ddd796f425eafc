// Starts real things for tests and benchmarks: a Docker Engine, its BuildKit as an endpoint, a docker-registry, emulators.
// Each start waits for readiness, takes free ports, and gives back a `stop` that leaves nothing behind.
import { spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { buildxPlugin, peerPath } from './install-real.mjs';

/** The environment in which docker, buildx, crane, cosign, oras and skopeo are found. */
export function peerEnvironment(dockerConfig) {
  const plugins = join(dockerConfig, 'cli-plugins');
  mkdirSync(plugins, { recursive: true });
  if (!existsSync(join(plugins, 'docker-buildx'))) symlinkSync(buildxPlugin, join(plugins, 'docker-buildx'));
  const { DOCKER_HOST: _host, DOCKER_CONTEXT: _context, ...rest } = process.env;
  return { ...rest, PATH: `${peerPath}:${process.env['PATH']}`, DOCKER_CONFIG: dockerConfig };
}

/** A Docker Engine of its own: data, socket, bridge. Several may run on one machine: each takes a bridge that is free. */
export async function startEngine({ folder, registries = [] }) {
  for (const name of ['data', 'exec', 'config']) mkdirSync(join(folder, name), { recursive: true });
  const bridge = makeBridge();
  const socket = join(folder, 'docker.sock');
  const env = { ...peerEnvironment(join(folder, 'config')), DOCKER_HOST: `unix://${socket}` };
  const daemon = startDaemon(
    'dockerd',
    [
      '--feature',
      'containerd-snapshotter=true',
      '--data-root',
      join(folder, 'data'),
      '--exec-root',
      join(folder, 'exec'),
      '--pidfile',
      join(folder, 'docker.pid'),
      '--bridge',
      bridge,
      '--host',
      `unix://${socket}`,
      ...registries.flatMap((address) => ['--insecure-registry', address]),
    ],
    { env, log: join(folder, 'dockerd.log') },
  );
  await until(() => spawnSync('docker', ['version'], { env, stdio: 'ignore' }).status === 0, 60, daemon);
  return {
    socket,
    env,
    stop: async () => {
      await daemon.stop();
      unmountBelow(folder);
      spawnSync('ip', ['link', 'delete', bridge], { stdio: 'ignore' });
      rmSync(folder, { recursive: true, force: true });
    },
    kill: () => daemon.kill(),
  };
}

/** Serves the BuildKit of an engine on a loopback port: `docker buildx create --driver remote tcp://ADDRESS`. */
export async function startBuildkitEndpoint(engine) {
  const sockets = new Set();
  const server = createServer((client) => {
    const upstream = connect(engine.socket);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    upstream.write('POST /grpc HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n');
    let head = Buffer.alloc(0);
    const onHead = (chunk) => {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      upstream.off('data', onHead);
      if (!head.subarray(0, end).toString().startsWith('HTTP/1.1 101')) return client.destroy();
      client.write(head.subarray(end + 4));
      client.pipe(upstream);
      upstream.pipe(client);
    };
    upstream.on('data', onHead);
  });
  const port = await listen(server);
  return {
    address: `tcp://127.0.0.1:${port}`,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}

/** Debian's docker-registry (distribution 2.8) on a free loopback port; `config` holds more lines of its config file. */
export async function startDockerRegistry({ folder, port: wanted, config = [] }) {
  mkdirSync(folder, { recursive: true });
  const port = wanted ?? (await freePort());
  writeFileSync(
    join(folder, 'config.yml'),
    [
      'version: 0.1',
      'log: {level: error, accesslog: {disabled: true}}',
      `storage: {filesystem: {rootdirectory: ${join(folder, 'data')}}, delete: {enabled: true}}`,
      `http: {addr: "127.0.0.1:${port}"}`,
      ...config,
      '',
    ].join('\n'),
  );
  const daemon = startDaemon('docker-registry', ['serve', join(folder, 'config.yml')], {
    env: process.env,
    log: join(folder, 'registry.log'),
  });
  await until(
    async () => [200, 401].includes((await fetch(`http://127.0.0.1:${port}/v2/`).catch(() => undefined))?.status),
    30,
    daemon,
  );
  return { address: `localhost:${port}`, port, stop: daemon.stop, kill: () => daemon.kill() };
}

/** Makes the kernel run foreign binaries through QEMU, in containers too. Doing it twice changes nothing. */
export function registerEmulators() {
  const folder = '/proc/sys/fs/binfmt_misc';
  if (!existsSync(join(folder, 'register'))) {
    const { status, stderr } = spawnSync('mount', ['-t', 'binfmt_misc', 'binfmt_misc', folder], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`Cannot mount binfmt_misc: ${stderr}`);
  }
  for (const file of readdirSync('/usr/lib/binfmt.d').filter((name) => name.startsWith('qemu-'))) {
    const line = readFileSync(join('/usr/lib/binfmt.d', file), 'utf8').trim();
    const name = line.split(':')[1];
    if (name !== undefined && !existsSync(join(folder, name))) writeFileSync(join(folder, 'register'), line);
  }
}

/** A loopback port that nobody listens on now. */
export async function freePort() {
  const server = createServer();
  const port = await listen(server);
  await new Promise((done) => server.close(done));
  return port;
}

function listen(server) {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server.address().port));
  });
}

/** Makes the first bridge that nobody has. */
function makeBridge() {
  let problem = '';
  for (let index = 0; index < 64; index++) {
    const name = `polyarch${index}`;
    const added = spawnSync('ip', ['link', 'add', name, 'type', 'bridge'], { encoding: 'utf8' });
    if (added.status !== 0) {
      problem = added.stderr;
      continue;
    }
    spawnSync('ip', ['addr', 'replace', `10.203.${index}.1/24`, 'dev', name], { stdio: 'ignore' });
    const { status, stderr } = spawnSync('ip', ['link', 'set', name, 'up'], { encoding: 'utf8' });
    if (status === 0) return name;
    problem = stderr;
  }
  throw new Error(`Cannot set up a bridge for a Docker Engine: ${problem}`);
}

function startDaemon(program, args, { env, log }) {
  const output = openSync(log, 'w');
  const child = spawn(program, args, { env, stdio: ['ignore', output, output], detached: true });
  closeSync(output);
  let failure;
  child.on('error', (error) => (failure = error.message));
  const ended = new Promise((resolve) => child.on('close', resolve));
  const signal = (name) => {
    try {
      process.kill(-child.pid, name);
    } catch {
      // It ended by itself.
    }
  };
  // As a power cut does: what it has started in sessions of their own goes with it.
  const kill = () => {
    const started = processesBelow(child.pid);
    signal('SIGKILL');
    for (const id of started) {
      try {
        process.kill(id, 'SIGKILL');
      } catch {
        // It ended with the others.
      }
    }
  };
  process.once('exit', kill);
  return {
    kill,
    problem: () => {
      if (failure === undefined && child.exitCode === null && child.signalCode === null) return undefined;
      return `${program} ended: ${failure ?? `exit code ${child.exitCode ?? child.signalCode}`}\n${existsSync(log) ? readFileSync(log, 'utf8').slice(-2000) : ''}`;
    },
    stop: async () => {
      process.off('exit', kill);
      signal('SIGTERM');
      const late = setTimeout(kill, 15_000);
      await ended;
      clearTimeout(late);
    },
  };
}

/** The processes that one has started, and those that they have started. */
function processesBelow(ancestor) {
  const parents = new Map();
  for (const id of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      parents.set(Number(id), Number(/\) \S (\d+) /.exec(readFileSync(`/proc/${id}/stat`, 'utf8'))?.[1]));
    } catch {
      // It has ended in the meantime.
    }
  }
  const isBelow = (id) => id !== undefined && (parents.get(id) === ancestor || isBelow(parents.get(id)));
  return [...parents.keys()].filter(isBelow);
}

async function until(isReady, seconds, daemon) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const problem = daemon.problem();
    if (problem !== undefined) throw new Error(problem);
    if (await isReady()) return;
    if (Date.now() > end) {
      daemon.kill();
      throw new Error(`Not ready after ${seconds} s`);
    }
    await new Promise((done) => setTimeout(done, 100));
  }
}

function unmountBelow(folder) {
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '');
  for (const mount of mounts.filter((path) => path.startsWith(`${folder}/`)).reverse())
    spawnSync('umount', ['-l', mount], { stdio: 'ignore' });
}
