import { Fault, isFault } from '../../errors/fault.ts';
import type { Host } from '../../host/host.ts';
import { isDigest } from '../../oci/digest.ts';
import { parseLocation } from '../../store/location.ts';
import { openLocation } from '../../store/open-location.ts';
import { resolveImage } from '../../store/resolve-image.ts';

/**
 * Named contexts as buildx takes them: of a layout, the image is looked up here, since buildx takes the tag `latest` where none
 * is named and says little about one that is missing.
 * @throws {Fault} CONTEXT_UNKNOWN for `target:NAME`, which stands for a part that is built first, and those of the layout
 */
export async function resolveContexts(
  contexts: Readonly<Record<string, string>>,
  host: Host,
): Promise<Readonly<Record<string, string>>> {
  const entries = await Promise.all(
    Object.entries(contexts).map(async ([name, source]) => [name, await resolveSource(name, source, host)] as const),
  );
  return Object.fromEntries(entries);
}

async function resolveSource(name: string, source: string, host: Host): Promise<string> {
  if (source.startsWith('target:')) {
    const image = source.slice('target:'.length);
    const message = `Cannot use the build context "${name}": the image "${image}" of this build is not built yet`;
    throw new Fault('CONTEXT_UNKNOWN', message, { hint: 'Push it first, and name it as docker-image://REFERENCE' });
  }
  if (!source.startsWith('oci-layout://')) return source;
  const location = parseLocation(source);
  if (location.kind !== 'oci' || isDigest(location.image)) return source;
  try {
    const { digest } = await resolveImage(await openLocation(location, { host, mode: 'read' }), location.image);
    return `oci-layout://${location.path}@${digest}`;
  } catch (error) {
    if (!isFault(error)) throw error;
    throw new Fault(error.code, `Cannot use the build context "${name}": ${error.message}`, {
      cause: error,
      where: error.where,
      hint: error.hint,
    });
  }
}
