import type { Host } from '../host/host.ts';
import type { Forge } from './forge.ts';
import { ForgeClient } from './forge-client.ts';
import type { ForgePlace } from './forge-place.ts';
import type { ForgeWire } from './forge-wire.ts';
import { openGitHub } from './github.ts';
import { openGitLab } from './gitlab.ts';

/** Opens the pull request of a place. The token is known to the redactor from then on. */
export function openForge(
  place: Exclude<ForgePlace, { readonly kind: 'none' }>,
  { host, wire }: { readonly host: Host; readonly wire: ForgeWire },
): Forge {
  host.redactor.add(place.token);
  const { api, token } = place;
  if (place.kind === 'github') {
    const headers = {
      accept: 'application/vnd.github+json',
      authorization: `Bearer ${token}`,
      'x-github-api-version': '2022-11-28',
      ...usualHeaders,
    };
    return openGitHub(new ForgeClient({ host, wire, name: 'GitHub', api, headers }), place);
  }
  const headers = {
    accept: 'application/json',
    ...(place.isJobToken ? { 'job-token': token } : { 'private-token': token }),
    ...usualHeaders,
  };
  return openGitLab(new ForgeClient({ host, wire, name: 'GitLab', api, headers }), place);
}

/** GitHub refuses who does not say what it is. */
const usualHeaders = { 'content-type': 'application/json', 'user-agent': 'polyarch' } as const;
