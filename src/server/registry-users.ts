import { scrypt } from 'node:crypto';
import { Fault } from '../errors/fault.ts';
import type { Host } from '../host/host.ts';

/** Somebody who may use the registry. */
export interface RegistryUser {
  readonly name: string;
  readonly secret: PlainSecret | HashedSecret;
}

export interface PlainSecret {
  readonly kind: 'plain';
  readonly password: string;
}

/** https://www.rfc-editor.org/rfc/rfc7914 */
export interface HashedSecret {
  readonly kind: 'scrypt';
  /** The binary logarithm of the cost. */
  readonly logCost: number;
  readonly blockSize: number;
  readonly parallelism: number;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

const hashBytes = 32;
const written = { logCost: 15, blockSize: 8, parallelism: 1 } as const;
const hashPattern = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

/**
 * Reads `user:password` or `user:$scrypt$ln=15,r=8,p=1$salt$hash`, one a line. Empty lines and those that begin with `#`
 * are left out. The hashes of Apache's htpasswd (bcrypt and older) are refused: nothing here can check them.
 * @throws {Fault} SERVER_USERS_MALFORMED
 */
export function parseUsers(text: string, file?: string): readonly RegistryUser[] {
  const users = text.split(/\r?\n/).flatMap((line, number) => {
    const isBlank = line.trim() === '' || line.startsWith('#');
    return isBlank ? [] : [parseUser(line, { line: number + 1, ...(file === undefined ? {} : { file }) })];
  });
  const names = new Set(users.map(({ name }) => name));
  if (names.size === users.length) return users;
  throw new Fault('SERVER_USERS_MALFORMED', 'Cannot read the users: one of them is there twice', {
    ...(file === undefined ? {} : { where: { file } }),
  });
}

/** The form of a password that a list of users can hold without telling it. */
export async function hashPassword(password: string, host: Host): Promise<string> {
  const salt = Buffer.from(host.randomHex(16), 'hex');
  const hash = await deriveHash(password, { ...written, salt });
  const { logCost, blockSize, parallelism } = written;
  return `$scrypt$ln=${logCost},r=${blockSize},p=${parallelism}$${unpadded(salt)}$${unpadded(hash)}`;
}

/** The scrypt hash of a password, computed off the main thread. */
export function deriveHash(password: string, options: Omit<HashedSecret, 'kind' | 'hash'>): Promise<Buffer> {
  const { logCost, blockSize, parallelism, salt } = options;
  const cost = 2 ** logCost;
  const parameters = { N: cost, r: blockSize, p: parallelism, maxmem: 256 * cost * blockSize };
  return new Promise((resolve, reject) => {
    scrypt(password, salt, hashBytes, parameters, (error, hash) => {
      if (error === null) resolve(hash);
      else reject(error);
    });
  });
}

function parseUser(line: string, where: { readonly line: number; readonly file?: string }): RegistryUser {
  const colon = line.indexOf(':');
  const [name, secret] = [line.slice(0, colon), line.slice(colon + 1)];
  if (colon < 1 || secret === '') throw malformed('it is no user:password', where);
  if (/^(?:\$2[abxy]\$|\$apr1\$|\{SHA\})/.test(secret)) {
    throw malformed(`the password of "${name}" is hashed by htpasswd, expected a plain one or $scrypt$`, where);
  }
  if (!secret.startsWith('$scrypt$')) return { name, secret: { kind: 'plain', password: secret } };
  return { name, secret: parseHash(secret) ?? refuseHash(name, where) };
}

function parseHash(text: string): HashedSecret | undefined {
  const match = hashPattern.exec(text);
  const [, logCost, blockSize, parallelism, salt = '', hash = ''] = match ?? [];
  const bytes = Buffer.from(hash, 'base64');
  const isCheap = Number(logCost) <= 20 && Number(blockSize) <= 32 && Number(parallelism) <= 16;
  if (match === null || bytes.byteLength !== hashBytes || Number(logCost) < 1 || !isCheap) return undefined;
  return {
    kind: 'scrypt',
    logCost: Number(logCost),
    blockSize: Number(blockSize),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt, 'base64'),
    hash: bytes,
  };
}

function refuseHash(name: string, where: { readonly line: number; readonly file?: string }): never {
  throw malformed(`the hash of "${name}" is not $scrypt$ln=..,r=..,p=..$salt$hash with 32 bytes`, where);
}

function malformed(reason: string, where: { readonly line: number; readonly file?: string }): Fault {
  return new Fault('SERVER_USERS_MALFORMED', `Cannot read the users: line ${where.line}: ${reason}`, { where });
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
