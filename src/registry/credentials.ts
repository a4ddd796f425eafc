import type { Host } from '../host/host.ts';

/** A user and a secret, or a token that stands for both. */
export type Credentials =
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  | { readonly kind: 'identity-token'; readonly username: string; readonly token: string }
  | { readonly kind: 'registry-token'; readonly token: string };

/** A user and a secret as docker keeps them; the user `<token>` says that the secret is an identity token. */
export function secretOf(username: string, secret: string): Credentials | undefined {
  if (secret === '') return undefined;
  if (username === '<token>' || username === 'identitytoken')
    return { kind: 'identity-token', username, token: secret };
  return username === '' ? undefined : { kind: 'password', username, password: secret };
}

/** Tells every form of the secrets to the redactor. */
export function hideCredentials(host: Host, credentials: Credentials): void {
  if (credentials.kind !== 'password') {
    host.redactor.add(credentials.token);
    return;
  }
  host.redactor.add(credentials.password);
  host.redactor.add(Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64'));
}
