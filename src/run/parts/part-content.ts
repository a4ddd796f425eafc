import { isFault } from '../../errors/fault.ts';
import type { Host } from '../../host/host.ts';
import type { Descriptor } from '../../oci/descriptor.ts';
import { decodeConfig, platformOf } from '../../oci/image-config.ts';
import { formatPlatform } from '../../oci/platform.ts';
import type { Part } from '../../plan/part.ts';
import { readBytes } from '../../store/collect-content.ts';
import { gatherGraph } from '../../store/content-graph.ts';
import type { ImageStore } from '../../store/content-store.ts';
import { forEachLimited } from '../../store/for-each-limited.ts';
import { parseLocation } from '../../store/location.ts';
import { openLocation } from '../../store/open-location.ts';

const parallelLookups = 8;

/**
 * Whether all that a part consists of lies where its record says, and is what the record says: its documents are read and
 * checked by digest, its layers are asked for. A record is believed nothing else.
 */
export async function isPartWhole(part: Part, host: Host): Promise<boolean> {
  if (part.location === undefined) return false;
  try {
    const store = await openLocation(parseLocation(part.location), { host, mode: 'read' });
    try {
      return await isWholeIn(store, part);
    } finally {
      await store.close?.();
    }
  } catch (problem) {
    if (!isFault(problem) || isFault(problem, 'INTERRUPTED')) throw problem;
    // Wherever the part was, it cannot be taken from there now: it is built.
    return false;
  }
}

async function isWholeIn(store: ImageStore, part: Part): Promise<boolean> {
  const config = await configOf(store, part);
  if (config?.digest !== part.config.digest) return false;
  const platform = platformOf(decodeConfig(await readBytes(store, config)));
  if (formatPlatform(platform) !== part.platform) return false;
  const blobs = new Map<string, Descriptor>();
  for (const root of [part.manifest, ...(part.attestations ?? [])]) {
    for (const blob of (await gatherGraph(store, root)).blobs) blobs.set(blob.digest, blob);
  }
  let isWhole = true;
  await forEachLimited(blobs.values(), parallelLookups, async (blob) => {
    isWhole = isWhole && (await store.has(blob));
  });
  return isWhole;
}

async function configOf(store: ImageStore, { manifest }: Part): Promise<Descriptor | undefined> {
  const { ranks } = await gatherGraph(store, manifest);
  const node = ranks.flat().find(({ descriptor }) => descriptor.digest === manifest.digest)?.node;
  return node?.kind === 'manifest' ? node.manifest.config : undefined;
}
