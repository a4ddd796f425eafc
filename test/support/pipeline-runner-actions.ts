import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { runShell } from './pipeline-runner-shell.ts';

/** Where an action is at work. */
export interface ActionScene {
  readonly workspace: string;
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
  /** A repository of git, and the commit that is built. */
  readonly repository: string;
  readonly sha: string;
  /** The folder of the run's artifacts, one folder each. */
  readonly artifacts: string;
  /** What `docker/setup-buildx-action` runs, by the name of the builder. Default: nothing. */
  readonly makeBuilder?: (name: string) => string;
}

type Inputs = Readonly<Record<string, string>>;

/** Does what the action says that it does, and gives what it would write to the log; throws where the action would fail. */
export type StandIn = (inputs: Inputs, scene: ActionScene) => string | Promise<string>;

/** By the name before `@`; an action that is not here fails the run. */
export const actionStandIns: Readonly<Record<string, StandIn>> = {
  'actions/checkout': checkout,
  'actions/setup-node': (inputs) => `node ${required(inputs, 'node-version')}`,
  'actions/upload-artifact': uploadArtifact,
  'actions/download-artifact': downloadArtifact,
  'actions/attest-build-provenance': attest,
  'actions/github-script': (inputs) => required(inputs, 'script'),
  'docker/setup-qemu-action': (inputs) => `qemu for ${required(inputs, 'platforms')}`,
  'docker/setup-buildx-action': setupBuildx,
  'docker/login-action': login,
  'useblacksmith/setup-docker-builder': (inputs) => `builder with the disk ${required(inputs, 'cache-key')}`,
};

function required(inputs: Inputs, name: string): string {
  const value = inputs[name] ?? '';
  if (value === '') throw new Error(`Input required and not supplied: ${name}`);
  return value;
}

async function checkout(_inputs: Inputs, { workspace, repository, sha, env }: ActionScene): Promise<string> {
  const { code, log } = await runShell(
    `git init -q . && git fetch -q --depth 1 "file://${repository}" ${sha} && git checkout -q --detach FETCH_HEAD`,
    { folder: workspace, env },
  );
  if (code !== 0) throw new Error(log);
  return `commit ${sha}`;
}

/** One file becomes an artifact of that name alone; of a folder all that is in it. */
function uploadArtifact(inputs: Inputs, { workspace, artifacts }: ActionScene): string {
  const name = required(inputs, 'name');
  const path = required(inputs, 'path');
  if (/[":<>|*?\r\n\\/]/.test(name)) throw new Error(`The artifact name is not valid: ${name}`);
  const isHidden = path.split('/').some((part) => part.startsWith('.') && part !== '.');
  const source = join(workspace, path);
  if (!existsSync(source) || (isHidden && inputs['include-hidden-files'] !== 'true'))
    return `No files were found with the provided path: ${path}`;
  const target = join(artifacts, name);
  if (existsSync(target) && inputs['overwrite'] !== 'true')
    throw new Error(`an artifact with this name already exists: ${name}`);
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  cpSync(source, statSync(source).isDirectory() ? target : join(target, basename(source)), { recursive: true });
  return `uploaded ${name}`;
}

function downloadArtifact(inputs: Inputs, { workspace, artifacts }: ActionScene): string {
  const target = join(workspace, required(inputs, 'path'));
  const { name, pattern } = inputs;
  const all = existsSync(artifacts) ? readdirSync(artifacts) : [];
  const wanted = name === undefined ? all.filter((one) => one.startsWith((pattern ?? '').replace(/\*$/, ''))) : [name];
  if (name !== undefined && !all.includes(name)) throw new Error(`Unable to download artifact(s): ${name} not found`);
  mkdirSync(target, { recursive: true });
  for (const one of wanted) {
    const into = name === undefined && inputs['merge-multiple'] !== 'true' ? join(target, one) : target;
    cpSync(join(artifacts, one), into, { recursive: true });
  }
  return `downloaded ${wanted.join(' ')}`;
}

/** Without a name it makes one up, so that no two jobs have one builder. */
async function setupBuildx(inputs: Inputs, { workspace, env, makeBuilder }: ActionScene): Promise<string> {
  const name = inputs['name'] ?? 'builder-of-this-job';
  const { code, log } = await runShell(makeBuilder?.(name) ?? 'true', { folder: workspace, env });
  if (code !== 0) throw new Error(log);
  return `builder ${name}`;
}

/** As `docker login` leaves it. */
function login(inputs: Inputs, { home }: ActionScene): string {
  const [username = '', password = ''] = [inputs['username'], inputs['password']];
  if (username === '' || password === '') throw new Error('Username and password required');
  const file = join(home, '.docker/config.json');
  const known: unknown = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const auths = typeof known === 'object' && known !== null && 'auths' in known ? known.auths : {};
  const auth = Buffer.from(`${username}:${password}`).toString('base64');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ auths: { ...(auths as object), [required(inputs, 'registry')]: { auth } } }));
  return `login to ${inputs['registry'] ?? ''}`;
}

/** Every line names a digest and what it is the digest of. */
function attest(inputs: Inputs, { workspace }: ActionScene): string {
  const text = readFileSync(join(workspace, required(inputs, 'subject-checksums')), 'utf8').trim();
  const lines = text.split('\n');
  for (const line of lines) if (!/^[0-9a-f]{64} {2}\S+$/.test(line)) throw new Error(`no checksum: "${line}"`);
  return lines.map((line) => `attested ${line}`).join('\n');
}
