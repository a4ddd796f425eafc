import { Fault } from '../errors/fault.ts';
import { isDigest } from '../oci/digest.ts';
import { formatFamiliarReference, parseReference, type Reference } from '../oci/reference.ts';

/** Where an image lies, or is to lie. Paths are as written: relative ones count from the user's folder. */
export type Location =
  /** An OCI image layout. `image`: the name of one image in it, a digest, or "" for the only one. */
  | { readonly kind: 'oci'; readonly path: string; readonly image: string }
  | { readonly kind: 'oci-archive'; readonly path: string; readonly image: string }
  | { readonly kind: 'docker-archive'; readonly path: string; readonly image: string }
  | { readonly kind: 'registry'; readonly reference: Reference };

export type FileLocation = Exclude<Location, { readonly kind: 'registry' }>;

const schemes: Readonly<Record<string, FileLocation['kind']>> = {
  'oci:': 'oci',
  'oci-layout://': 'oci',
  'oci-layout:': 'oci',
  'oci-archive:': 'oci-archive',
  'docker-archive:': 'docker-archive',
};

/**
 * Reads `oci:DIR[:REF]`, `oci-archive:FILE[:REF]`, `docker-archive:FILE[:REF]` (each also with `@DIGEST`), `docker://REF`
 * or a plain reference. The path ends at its first colon, as skopeo has it; so a REF may hold colons itself.
 * `oci-layout://` is read as `oci:`, as docker buildx writes it.
 * @throws {Fault} LOCATION_MALFORMED, REFERENCE_MALFORMED
 */
export function parseLocation(text: string): Location {
  for (const [prefix, kind] of Object.entries(schemes)) {
    if (text.startsWith(prefix)) return parseFileLocation(text, kind, text.slice(prefix.length));
  }
  if (text.startsWith('docker://')) return { kind: 'registry', reference: parseReference(text.slice(9)) };
  const scheme =
    /^([a-z0-9+.-]+):\/\//.exec(text)?.[1] ?? /^(dir|docker|docker-daemon|containers-storage|ostree):/.exec(text)?.[1];
  if (scheme !== undefined) throw malformed(text, `"${scheme}" is not a place that images are read from or written to`);
  return { kind: 'registry', reference: parseReference(text) };
}

/** What `parseLocation` reads as the same location. */
export function formatLocation(location: Location): string {
  if (location.kind === 'registry') return formatFamiliarReference(location.reference);
  const { kind, path, image } = location;
  if (image === '') return `${kind}:${path}`;
  return `${kind}:${path}${isDigest(image) ? '@' : ':'}${image}`;
}

function parseFileLocation(text: string, kind: FileLocation['kind'], rest: string): FileLocation {
  const { name, digest } = splitDigest(rest);
  const colon = name.indexOf(':');
  const path = colon === -1 ? name : name.slice(0, colon);
  const image = colon === -1 ? '' : name.slice(colon + 1);
  if (path === '') throw malformed(text, 'it names no path');
  if (colon !== -1 && image === '') throw malformed(text, 'nothing follows the colon after the path');
  return { kind, path, image: digest ?? image };
}

/** Both `DIR@DIGEST` and `DIR:TAG@DIGEST`: the digest decides. */
function splitDigest(rest: string): { readonly name: string; readonly digest?: string } {
  const at = rest.lastIndexOf('@');
  if (at === -1 || !isDigest(rest.slice(at + 1))) return { name: rest };
  return { name: rest.slice(0, at), digest: rest.slice(at + 1) };
}

function malformed(text: string, reason: string): Fault {
  const shown = text.length > 200 ? `${text.slice(0, 200)}…` : text;
  return new Fault('LOCATION_MALFORMED', `Cannot read the location "${shown}": ${reason}`);
}
