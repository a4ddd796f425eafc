import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Fault, isFault } from '../errors/fault.ts';
import type { Host } from '../host/host.ts';
import { type CredentialFile, chooseEntry, decodeCredentialFile } from './credential-file.ts';
import { type Credentials, hideCredentials } from './credentials.ts';

/** What a search for credentials came to. */
export interface CredentialSearch {
  /** Undefined: ask anonymously. */
  readonly credentials?: Credentials;
  /** Where they were found, for messages. */
  readonly place?: string;
  /** Helper programs that did not answer; the search went on without them. */
  readonly failures: readonly Fault[];
}

interface Place {
  readonly name: string;
  readonly read: () => Promise<string | undefined>;
}

/**
 * Looks for the login of a registry as docker and podman do: DOCKER_AUTH_CONFIG, docker's config.json with its helpers
 * and store, podman's auth.json files, and GITHUB_TOKEN for ghcr.io. Every secret found is told to the redactor.
 * @throws {Fault} CREDENTIALS_MALFORMED
 */
export async function findCredentials(host: Host, registry: string, repository: string): Promise<CredentialSearch> {
  const failures: Fault[] = [];
  for (const place of places(host)) {
    const text = await place.read();
    if (text === undefined || text.trim() === '') continue;
    const file = decodeCredentialFile(text, place.name);
    const credentials = await lookUp(file, { host, registry, repository, failures });
    if (credentials !== undefined) return keep(host, { credentials, place: place.name, failures });
  }
  const token = host.env['GITHUB_TOKEN'] ?? '';
  if (registry !== 'ghcr.io' || token === '') return { failures };
  const username = host.env['GITHUB_ACTOR'] ?? 'x-access-token';
  return keep(host, { credentials: { kind: 'password', username, password: token }, place: 'GITHUB_TOKEN', failures });
}

function keep(host: Host, search: CredentialSearch): CredentialSearch {
  if (search.credentials !== undefined) hideCredentials(host, search.credentials);
  return search;
}

interface LookUp {
  readonly host: Host;
  readonly registry: string;
  readonly repository: string;
  readonly failures: Fault[];
}

async function lookUp(file: CredentialFile, search: LookUp): Promise<Credentials | undefined> {
  const { registry, repository } = search;
  const helper = chooseEntry(file.helpers, registry, '') ?? file.store;
  const fromHelper = helper === undefined ? undefined : await askKindly(helper, search);
  return fromHelper ?? chooseEntry(file.auths, registry, repository);
}

/** A helper that does not work is a nuisance for public images and fatal only where a login is needed after all. */
async function askKindly(name: string, { host, registry, failures }: LookUp): Promise<Credentials | undefined> {
  const { askCredentialHelper } = await import('./credential-helper.ts');
  try {
    return await askCredentialHelper(host, name, registry);
  } catch (error) {
    if (!isFault(error, 'CREDENTIAL_HELPER_FAILED')) throw error;
    failures.push(error);
    return undefined;
  }
}

function places(host: Host): readonly Place[] {
  const { env } = host;
  const home = env['HOME'] ?? env['USERPROFILE'] ?? '';
  const docker = env['DOCKER_CONFIG'] ?? (home === '' ? '' : join(home, '.docker'));
  const runtime = env['XDG_RUNTIME_DIR'] ?? '';
  const config = env['XDG_CONFIG_HOME'] ?? (home === '' ? '' : join(home, '.config'));
  const files = [
    docker === '' ? '' : join(docker, 'config.json'),
    env['REGISTRY_AUTH_FILE'] ?? '',
    runtime === '' ? '' : join(runtime, 'containers/auth.json'),
    config === '' ? '' : join(config, 'containers/auth.json'),
  ];
  return [
    { name: 'DOCKER_AUTH_CONFIG', read: () => Promise.resolve(env['DOCKER_AUTH_CONFIG']) },
    ...files
      .filter((file) => file !== '')
      .map((file) => resolve(host.workingDirectory, file))
      .map((file) => ({ name: file, read: () => readText(file) })),
  ];
}

/** A file that is not there, or may not be read, holds no login. */
async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    return undefined;
  }
}
