import { isRecord } from '../oci/decode.ts';
import type { Scope } from './scope.ts';

/**
 * What a token says that it allows, where it is one that tells: a JSON Web Token with the claim `access`. Its signature is
 * not checked: this is for messages, the registry decides. https://distribution.github.io/distribution/spec/auth/jwt/
 */
export function decodeGrants(token: string): readonly Scope[] | undefined {
  const [, payload, signature] = token.split('.');
  if (payload === undefined || signature === undefined) return undefined;
  const claims = parse(Buffer.from(payload, 'base64url').toString('utf8'));
  const access = isRecord(claims) ? claims['access'] : undefined;
  if (!Array.isArray(access)) return undefined;
  return access.flatMap((entry: unknown) => {
    if (!isRecord(entry) || typeof entry['name'] !== 'string') return [];
    const { type, name, actions } = entry;
    const allowed = Array.isArray(actions) ? actions.filter((action) => typeof action === 'string') : [];
    return [`${typeof type === 'string' ? type : 'repository'}:${name}:${allowed.join(',')}`];
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
