// Installs what `npm run test:real` needs on Debian: packages of the release itself by apt-get, and newer programs of
// the development suite, unpacked into .work/peers without touching the machine's own packages. Doing it twice is cheap.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const work = join(root, '.work');
const own = [
  'iptables',
  'iproute2',
  'qemu-user-static',
  'runc',
  'skopeo',
  'umoci',
  'attr',
  'mmdebstrap',
  'docker-registry',
  'openssh-server',
  'ca-certificates',
];
const newer = ['docker.io', 'docker-cli', 'containerd', 'docker-buildx', 'crane', 'cosign', 'oras'];
/** In the order they are tried; trixie has no crane. */
const suites = ['sid', 'trixie'];

/** Folders that go in front of PATH so that the unpacked programs are found. */
export const peerPath = [join(work, 'peers/usr/bin'), join(work, 'peers/usr/sbin')].join(':');
/** The buildx plugin among the unpacked programs. */
export const buildxPlugin = join(work, 'peers/usr/libexec/docker/cli-plugins/docker-buildx');

/** Installs all that is missing; throws an Error that says what could not be had. */
export function installReal() {
  if (process.platform !== 'linux' || !existsSync('/etc/debian_version'))
    throw new Error('test:real needs a Debian machine: it installs a Docker Engine, registries and peers by apt-get');
  if (process.getuid?.() !== 0) throw new Error('test:real needs root: it installs packages and runs a Docker Engine');
  installOwn();
  const taken = installNewer();
  console.log(`peers: ${taken}`);
}

function installOwn() {
  const missing = own.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  run('apt-get', ['update', '-qq']);
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], {
    DEBIAN_FRONTEND: 'noninteractive',
  });
}

function installNewer() {
  const stamp = join(work, 'peers/installed-from');
  if (existsSync(stamp)) return readFileSync(stamp, 'utf8').trim();
  const problems = [];
  for (const suite of suites) {
    try {
      const got = unpackFrom(suite);
      writeFileSync(stamp, `${suite}: ${got.join(' ')}\n`);
      return `${suite}: ${got.join(' ')}`;
    } catch (problem) {
      problems.push(`${suite}: ${problem instanceof Error ? problem.message : String(problem)}`);
      rmSync(join(work, 'peers'), { recursive: true, force: true });
    }
  }
  throw new Error(`Cannot get docker, buildx and the peers:\n${problems.join('\n')}`);
}

function unpackFrom(suite) {
  const folder = join(work, `apt-${suite}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'lists/partial'), { recursive: true });
  mkdirSync(join(folder, 'debs/partial'), { recursive: true });
  const list = join(folder, 'suite.sources');
  writeFileSync(list, suiteSources(suite));
  const options = [
    `Dir::Etc::sourcelist=${list}`,
    'Dir::Etc::sourceparts=-',
    `Dir::State::lists=${join(folder, 'lists')}`,
    'Acquire::Languages=none',
    'Acquire::Retries=3',
  ].flatMap((option) => ['-o', option]);
  run('apt-get', [...options, 'update', '-qq']);
  const available = newer.filter((name) => /Candidate: \d/.test(capture('apt-cache', [...options, 'policy', name])));
  run('apt-get', [...options, 'download', ...available], { PWD: join(folder, 'debs') }, join(folder, 'debs'));
  for (const deb of readdirSync(join(folder, 'debs')).filter((name) => name.endsWith('.deb')))
    run('dpkg', ['-x', join(folder, 'debs', deb), join(work, 'peers')]);
  for (const [program, argument] of [
    ['dockerd', '--version'],
    ['docker', '--version'],
    ['containerd', '--version'],
  ])
    run(program, [argument], { PATH: `${peerPath}:${process.env['PATH']}` });
  rmSync(folder, { recursive: true, force: true });
  return available;
}

/** The machine's own package source, its suite replaced. */
function suiteSources(suite) {
  const folder = '/etc/apt/sources.list.d';
  const texts = [
    ...(existsSync('/etc/apt/sources.list') ? [readFileSync('/etc/apt/sources.list', 'utf8')] : []),
    ...readdirSync(folder)
      .filter((name) => /\.(sources|list)$/.test(name))
      .map((name) => readFileSync(join(folder, name), 'utf8')),
  ];
  for (const text of texts) {
    const paragraph = text
      .split(/\n\s*\n/)
      .find((part) => /^Suites:.*\b(bookworm|trixie|stable)\b/m.test(part) && !/security/.test(part));
    if (paragraph !== undefined) return `${paragraph.replace(/^Suites:.*$/m, `Suites: ${suite}`).trim()}\n`;
    const line = text.split('\n').find((candidate) => /^deb\s.*\sbookworm\s+main/.test(candidate));
    if (line !== undefined) {
      const [, address] = /\s(https?:\S+)\s/.exec(line) ?? [];
      return `Types: deb\nURIs: ${address}\nSuites: ${suite}\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n`;
    }
  }
  throw new Error('no Debian package source was found under /etc/apt');
}

function isInstalled(name) {
  return (
    spawnSync('dpkg-query', ['-W', '-f', '${Status}', name], { encoding: 'utf8' }).stdout?.endsWith('ok installed') ===
    true
  );
}

function capture(program, args) {
  return spawnSync(program, args, { encoding: 'utf8' }).stdout ?? '';
}

function run(program, args, env = {}, cwd = root) {
  const { status, stderr, stdout, error } = spawnSync(program, args, {
    encoding: 'utf8',
    cwd,
    env: { ...process.env, ...env },
  });
  if (status !== 0)
    throw new Error(
      `${program} ${args.slice(0, 3).join(' ')} … ended with ${status}: ${error?.message ?? `${stdout}${stderr}`.trim().slice(-800)}`,
    );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) installReal();
