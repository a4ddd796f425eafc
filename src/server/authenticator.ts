import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Host } from '../host/host.ts';
import { deriveHash, type HashedSecret, type RegistryUser } from './registry-users.ts';

/** Who sends a request. `unknown`: wrong credentials. `busy`: too many passwords wait to be checked. */
export type Caller =
  | { readonly kind: 'user'; readonly name: string }
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'busy' };

/** Checking a hash takes a tenth of a second by design; more of them at once would only stop everything else. */
const maxWaiting = 32;

/**
 * Checks user names and passwords. The time it takes does not tell whether a user exists, or how much of a password is
 * right. A password that was right once is remembered by its HMAC, so that only the first request pays for the hash.
 */
export class Authenticator {
  readonly #users: ReadonlyMap<string, RegistryUser>;
  readonly #key: Buffer;
  /** By user: the HMAC of the right password, where it is known. */
  readonly #known = new Map<string, Buffer>();
  /** What a user that does not exist is checked against. */
  readonly #decoy: HashedSecret | undefined;
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(users: readonly RegistryUser[], host: Host) {
    this.#users = new Map(users.map((user) => [user.name, user]));
    this.#key = Buffer.from(host.randomHex(32), 'hex');
    this.#decoy = users.map(({ secret }) => secret).find((secret) => secret.kind === 'scrypt');
    for (const { name, secret } of users) {
      if (secret.kind === 'plain') this.#known.set(name, this.#mark(secret.password));
      if (secret.kind === 'plain') host.redactor.add(secret.password);
    }
  }

  /** Reads an `Authorization` header. https://www.rfc-editor.org/rfc/rfc7617 */
  async identify(header: string | undefined): Promise<Caller> {
    if (header === undefined) return { kind: 'anonymous' };
    const encoded = /^basic\s+([A-Za-z0-9+/=_-]+)\s*$/i.exec(header)?.[1] ?? '';
    const text = Buffer.from(encoded, 'base64').toString('utf8');
    const colon = text.indexOf(':');
    if (colon === -1) return { kind: 'unknown' };
    return this.#check(text.slice(0, colon), text.slice(colon + 1));
  }

  async #check(name: string, password: string): Promise<Caller> {
    const mark = this.#mark(password);
    const known = this.#known.get(name);
    const isKnown = timingSafeEqual(mark, known ?? this.#mark(''));
    if (known !== undefined && isKnown) return { kind: 'user', name };
    const secret = this.#users.get(name)?.secret;
    const hashed = secret?.kind === 'scrypt' ? secret : this.#decoy;
    if (hashed === undefined) return { kind: 'unknown' };
    if (this.#waiting >= maxWaiting) return { kind: 'busy' };
    const isRight = timingSafeEqual(await this.#derive(password, hashed), hashed.hash);
    if (!isRight || secret?.kind !== 'scrypt') return { kind: 'unknown' };
    this.#known.set(name, mark);
    return { kind: 'user', name };
  }

  /** One hash at a time. */
  async #derive(password: string, hashed: HashedSecret): Promise<Buffer> {
    this.#waiting += 1;
    const derived = this.#last.then(() => deriveHash(password, hashed));
    this.#last = derived.catch(() => undefined);
    try {
      return await derived;
    } finally {
      this.#waiting -= 1;
    }
  }

  #mark(password: string): Buffer {
    return createHmac('sha256', this.#key).update(password).digest();
  }
}
