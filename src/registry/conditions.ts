import type { Digest } from '../oci/digest.ts';
import { attempt } from './attempt.ts';
import { fetchManifest } from './manifest.ts';
import { manifestUrl, type Place } from './place.ts';
import { pushScope } from './scope.ts';

/**
 * Whether the registry holds the PUT of a manifest against its If-Match, so that of two writers one is told. Found out
 * once a session: a manifest that is there is put under its own digest on a condition that never holds, which changes
 * nothing whatever the answer. Where nothing clear is answered, it does not.
 */
export function honoursConditions(place: Place, stored: Digest): Promise<boolean> {
  const { contact } = place.session;
  contact.conditions ??= probe(place, stored);
  return contact.conditions;
}

async function probe(place: Place, stored: Digest): Promise<boolean> {
  const { descriptor, bytes } = await fetchManifest(place, stored);
  const attempted = await attempt(place.session, {
    method: 'PUT',
    url: manifestUrl(place, stored),
    headers: { 'content-type': descriptor.mediaType, 'if-match': '"polyarch-asks"' },
    body: { size: bytes.byteLength, open: () => inOnePiece(bytes) },
    scopes: [pushScope(place.name)],
  });
  if (attempted.kind === 'broken') return false;
  const { status, response } = attempted.answer;
  if (status < 400) await response.discard();
  return status === 412;
}

async function* inOnePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield bytes;
}
