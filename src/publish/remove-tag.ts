import { Fault, isFault } from '../errors/fault.ts';
import type { Host } from '../host/host.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { digestOf } from '../oci/digest.ts';
import { encodeDocument } from '../oci/encode.ts';
import { mediaTypes } from '../oci/media-types.ts';
import type { Repository } from '../registry/repository.ts';
import { once } from '../store/collect-content.ts';

export interface RemoveTagOptions {
  readonly host: Host;
  /** The tag goes only while it points at this. */
  readonly expected: Descriptor;
}

/**
 * Takes a tag away and leaves what it pointed at. Where a registry deletes by digest alone, the tag is first moved to a
 * small manifest of its own that can go with it; whether it can is tried out before.
 *
 * @throws {Fault} TAG_LEFT where the registry does not take tags away
 */
export async function removeTag(repository: Repository, tag: string, options: RemoveTagOptions): Promise<void> {
  const { expected } = options;
  if ((await repository.resolve(tag))?.digest !== expected.digest) return;
  if (await isGone(repository, tag, () => repository.deleteManifest(tag))) return;
  if (await isGone(repository, tag, () => replaceAndDelete(repository, tag, options))) return;
  if ((await repository.resolve(tag))?.digest !== expected.digest) await repository.tag(tag, expected);
  throw new Fault(
    'TAG_LEFT',
    `Cannot take the new tag "${tag}" of ${repository.registry}/${repository.name} away: the registry does not delete tags`,
    {
      where: { registry: repository.registry, repository: repository.name, reference: tag },
      hint: 'Complete the publication with `polyarch publish --resume`, or delete the tag on the web page of the registry',
    },
  );
}

/** Whether the tag is gone after an attempt; that the registry refuses it is an answer. */
async function isGone(repository: Repository, tag: string, attempt: () => Promise<void>): Promise<boolean> {
  try {
    await attempt();
  } catch (error) {
    if (!isFault(error, 'REGISTRY_UNSUPPORTED', 'REGISTRY_REFUSED', 'REGISTRY_DENIED', 'MANIFEST_UNKNOWN')) throw error;
  }
  return (await repository.resolve(tag)) === undefined;
}

async function replaceAndDelete(repository: Repository, tag: string, options: RemoveTagOptions): Promise<void> {
  const { host, expected } = options;
  const { config, bytes } = placeholder(host);
  await repository.write({ ...config, open: () => once(Buffer.from('{}')) });
  const stored = await repository.putManifest(bytes, { mediaType: mediaTypes.manifest });
  await repository.deleteManifest(stored.digest);
  const tagged = { mediaType: mediaTypes.manifest, tags: [tag], expected: expected.digest };
  await repository.putManifest(bytes, tagged);
  await repository.deleteManifest(stored.digest);
}

function placeholder(host: Host): { readonly config: Descriptor; readonly bytes: Uint8Array } {
  const config = { mediaType: mediaTypes.empty, digest: digestOf(Buffer.from('{}')), size: 2 };
  const bytes = encodeDocument({
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config,
    layers: [config],
    annotations: { 'dev.polyarch.removed-tag': host.randomHex(16) },
  });
  return { config, bytes };
}
