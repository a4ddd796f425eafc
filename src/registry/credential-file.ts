import { Fault } from '../errors/fault.ts';
import { type Credentials, secretOf } from './credentials.ts';

/** What a file of `docker login` or `podman login` says. */
export interface CredentialFile {
  /** By host, or by host and the beginning of a path, as written. */
  readonly auths: ReadonlyMap<string, Credentials>;
  /** Which docker-credential program answers for a host. */
  readonly helpers: ReadonlyMap<string, string>;
  /** The program that answers for every other host. */
  readonly store?: string;
}

const hubHosts: ReadonlySet<string> = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io']);

/** The server name under which docker and its helpers keep the login of Docker Hub. */
export const hubServer = 'https://index.docker.io/v1/';

/** Reads the JSON of a credential file or variable; fields it does not know are passed over. @throws {Fault} CREDENTIALS_MALFORMED */
export function decodeCredentialFile(text: string, place: string): CredentialFile {
  const document = parse(text, place);
  const auths = new Map<string, Credentials>();
  for (const [server, entry] of recordEntries(document['auths'])) {
    const credentials = isRecord(entry) ? decodeEntry(entry) : undefined;
    if (credentials !== undefined) auths.set(server, credentials);
  }
  const helpers = recordEntries(document['credHelpers']).flatMap(([server, name]) =>
    typeof name === 'string' && name !== '' ? [[server, name] as const] : [],
  );
  const store = textOf(document['credsStore']);
  return { auths, helpers: new Map(helpers), ...(store === '' ? {} : { store }) };
}

/**
 * The entry that is meant for a repository: its host must be equal, never only similar; among paths the longest that
 * leads to the repository wins. Docker Hub is known by all its names.
 */
export function chooseEntry<Entry>(
  entries: ReadonlyMap<string, Entry>,
  registry: string,
  repository: string,
): Entry | undefined {
  const wanted = canonicalHost(registry);
  let best: { readonly length: number; readonly entry: Entry } | undefined;
  for (const [written, entry] of entries) {
    const { host, path } = splitServer(written);
    if (host !== wanted || !leadsTo(path, repository)) continue;
    if (best === undefined || path.length > best.length) best = { length: path.length, entry };
  }
  return best?.entry;
}

/** `repository` is empty where no repository is meant. */
function leadsTo(path: string, repository: string): boolean {
  return path === '' || repository === path || repository.startsWith(`${path}/`);
}

function splitServer(written: string): { readonly host: string; readonly path: string } {
  const bare = written.replace(/^[a-z]+:\/\//i, '').replace(/\/+$/, '');
  const slash = bare.indexOf('/');
  const host = canonicalHost(slash < 0 ? bare : bare.slice(0, slash));
  const path = slash < 0 ? '' : bare.slice(slash + 1);
  return { host, path: /^v[12]$/.test(path) ? '' : path };
}

function canonicalHost(host: string): string {
  const lower = host.toLowerCase();
  return hubHosts.has(lower) ? 'docker.io' : lower;
}

function decodeEntry(entry: Readonly<Record<string, unknown>>): Credentials | undefined {
  const registryToken = textOf(entry['registrytoken']);
  if (registryToken !== '') return { kind: 'registry-token', token: registryToken };
  const pair = decodePair(textOf(entry['auth']));
  const username = textOf(entry['username']) || pair.username;
  const password = textOf(entry['password']) || pair.password;
  const identityToken = textOf(entry['identitytoken']);
  if (identityToken !== '') return { kind: 'identity-token', username: username || '<token>', token: identityToken };
  return secretOf(username, password);
}

/** Base64 of `user:password`; the password may hold colons, and old tools append NULs. */
function decodePair(auth: string): { readonly username: string; readonly password: string } {
  const text = Buffer.from(auth, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) return { username: '', password: '' };
  return { username: text.slice(0, colon), password: text.slice(colon + 1).replace(/\0+$/, '') };
}

function parse(text: string, place: string): Readonly<Record<string, unknown>> {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    // The parser's message quotes the text, which holds secrets.
    throw malformed(place, 'it is not JSON');
  }
  if (!isRecord(document)) throw malformed(place, 'it is not a JSON object');
  return document;
}

function malformed(place: string, why: string): Fault {
  return new Fault('CREDENTIALS_MALFORMED', `Cannot read the registry credentials in ${place}: ${why}`, {
    where: { file: place },
  });
}

function recordEntries(value: unknown): readonly (readonly [string, unknown])[] {
  return isRecord(value) ? Object.entries(value) : [];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
