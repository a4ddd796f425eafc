import { Fault } from '../../errors/fault.ts';
import type { Host } from '../../host/host.ts';
import { descriptorOf, emptyDescriptor } from '../../oci/descriptor.ts';
import type { Digest } from '../../oci/digest.ts';
import { encodeDocument } from '../../oci/encode.ts';
import { decodeManifest } from '../../oci/image-manifest.ts';
import { mediaTypes } from '../../oci/media-types.ts';
import { parseReference } from '../../oci/reference.ts';
import type { Cell } from '../../plan/cell.ts';
import type { CellRecord } from '../../plan/cell-record.ts';
import { decodeCellRecord } from '../../plan/decode-cell-record.ts';
import type { Part } from '../../plan/part.ts';
import { partRecordType, partTag } from '../../plan/part-tag.ts';
import { once, readBytes } from '../../store/collect-content.ts';
import type { ImageStore } from '../../store/content-store.ts';
import { openLocation } from '../../store/open-location.ts';
import { redactedJson } from '../journal/keep-document.ts';

const maxRecordBytes = 1024 * 1024;

/**
 * Keeps the record of a part in the repository that holds the part, so that another machine need not build it again: an
 * artifact of our own type, with a tag that is named by the inputs. A registry that does not take it is a warning.
 */
export async function writePartRecord(
  record: CellRecord & { readonly inputs: Digest },
  part: Part,
  { repository, host }: { readonly repository: string; readonly host: Host },
): Promise<void> {
  try {
    const store = await openRepository(repository, host);
    const bytes = Buffer.from(redactedJson(publicRecord(record, { ...part, location: repository }), host));
    const layer = descriptorOf(partRecordType, bytes);
    const manifest = encodeDocument({
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      artifactType: partRecordType,
      config: emptyDescriptor,
      layers: [layer],
      annotations: { 'org.opencontainers.image.title': `polyarch part ${record.cell}` },
    });
    await store.write(once(Buffer.from('{}')), { digest: emptyDescriptor.digest, size: emptyDescriptor.size });
    await store.write(once(bytes), { digest: layer.digest, size: layer.size });
    const descriptor = { ...descriptorOf(mediaTypes.manifest, manifest), artifactType: partRecordType };
    await store.write(once(manifest), descriptor);
    await store.tag(partTag(record.cell, record.inputs), descriptor);
  } catch (problem) {
    if (!isPassing(problem)) throw problem;
    const text = `The record of ${record.cell} is not kept in ${repository}: ${host.redactor.redact(problem.message)}`;
    host.emit({ kind: 'note', level: 'warning', text, hint: 'The next run on another machine builds it again' });
  }
}

/** What was kept of a part with these inputs; undefined where there is nothing, or nothing that can be used. */
export async function readPartRecord(
  { id, platform }: Cell,
  inputs: Digest,
  { repository, host }: { readonly repository: string; readonly host: Host },
): Promise<CellRecord | undefined> {
  try {
    const store = await openRepository(repository, host);
    const root = await store.resolve(partTag(id, inputs));
    if (root === undefined) return undefined;
    const { artifactType, layers } = decodeManifest(await readBytes(store, root, maxRecordBytes));
    const [layer] = layers;
    if (artifactType !== partRecordType || layer?.mediaType !== partRecordType) return undefined;
    const record = decodeCellRecord(await readBytes(store, layer, maxRecordBytes));
    const isSame = record.cell === id && record.platform === platform && record.inputs === inputs;
    return isSame ? inRepository(record, repository) : undefined;
  } catch (problem) {
    if (!isPassing(problem)) throw problem;
    return undefined;
  }
}

/** Anything but an end of the run, or a fault of our own: then the part is built as if there were no records. */
function isPassing(problem: unknown): problem is Fault {
  return problem instanceof Fault && problem.code !== 'INTERRUPTED';
}

function openRepository(repository: string, host: Host): Promise<ImageStore> {
  return openLocation({ kind: 'registry', reference: parseReference(repository) }, { host, mode: 'write' });
}

/** Strangers may read it: neither attempts nor logs. */
function publicRecord({ logTail: _logTail, ...record }: CellRecord, part: Part): CellRecord {
  return { ...record, outcome: { cell: record.cell, state: 'built', part } };
}

/** Wherever the record says that the part is: it is looked for beside the record alone. */
function inRepository(record: CellRecord, repository: string): CellRecord {
  const { outcome } = record;
  if (!('part' in outcome)) return record;
  return { ...record, outcome: { ...outcome, part: { ...outcome.part, location: repository } } };
}
