import fc from 'fast-check';
import { cosignTags, referrersTag } from '../../../src/store/referrers-tag.ts';
import { type Sample, sampleOf } from '../../support/sample-image.ts';
import type { SmallRepository } from '../../support/small-registry-state.ts';

const types = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
} as const;

/** A document of a repository in the model: what it needs is told by place, always of earlier ones. */
export interface ModelDocument {
  readonly entries: readonly number[];
  readonly subject?: number | undefined;
  /** Kept by cosign's tag `.sig` of its subject rather than by its `subject` field. */
  readonly isSigned: boolean;
}

export interface Model {
  readonly documents: readonly ModelDocument[];
  /** Places of the documents that `t0`, `t1`… and `other0`… point at. */
  readonly tags: readonly number[];
  readonly others: readonly number[];
}

/** Random repositories: indexes in indexes, shared entries, referrers of referrers, signatures, untagged parts. */
export const models: fc.Arbitrary<Model> = fc
  .array(
    fc.record({
      entries: fc.array(fc.nat(11), { maxLength: 3 }),
      subject: fc.option(fc.nat(11), { nil: undefined }),
      isSigned: fc.boolean(),
    }),
    { minLength: 3, maxLength: 12 },
  )
  .chain((drafts) =>
    fc.record({
      documents: fc.constant(drafts.map(documentOf)),
      tags: fc.array(fc.nat(drafts.length - 1), { minLength: 1, maxLength: 5 }),
      others: fc.array(fc.nat(drafts.length - 1), { maxLength: 2 }),
    }),
  );

/** Earlier documents only; and one signature a document, since cosign keeps them under one tag. */
function documentOf(draft: ModelDocument, place: number, drafts: readonly ModelDocument[]): ModelDocument {
  const subject = subjectOf(draft, place);
  const earlier = drafts.slice(0, place);
  const isFirst = !earlier.some((other, at) => other.isSigned && subjectOf(other, at) === subject);
  return {
    entries: [...new Set(draft.entries.map((entry) => entry % Math.max(1, place)))].filter((entry) => entry < place),
    ...(subject === undefined ? {} : { subject }),
    isSigned: draft.isSigned && isFirst,
  };
}

function subjectOf({ subject }: ModelDocument, place: number): number | undefined {
  return subject === undefined || place === 0 ? undefined : subject % place;
}

/** Puts the model into a repository; returns the digest of each document. */
export function placeModel(
  repository: SmallRepository,
  { documents, tags, others }: Model,
  hasApi: boolean,
): readonly string[] {
  const samples: Sample[] = [];
  for (const [place, document] of documents.entries()) {
    const subject = document.subject === undefined ? undefined : samples[document.subject];
    const sample = sampleFor(place, document, samples, repository);
    samples.push(sample);
    put(repository, sample);
    if (subject === undefined) continue;
    const { digest } = subject.descriptor;
    if (document.isSigned) repository.tags.set(cosignTags(digest)[0] ?? '', sample.descriptor.digest);
    else if (!hasApi) refer(repository, referrersTag(digest), sample);
  }
  const digests = samples.map(({ descriptor }) => descriptor.digest);
  for (const [number, place] of tags.entries()) repository.tags.set(`t${number}`, digests[place] ?? '');
  for (const [number, place] of others.entries()) repository.tags.set(`other${number}`, digests[place] ?? '');
  return digests;
}

/** Every digest that a tag of the repository reaches in the model, worked out anew and by other means than prune does. */
export function reachedBy(
  tag: string,
  repository: SmallRepository,
  model: Model,
  digests: readonly string[],
): Set<string> {
  const reached = new Set<string>();
  function visit(place: number): void {
    const digest = digests[place] ?? '';
    if (place < 0 || reached.has(digest)) return;
    reached.add(digest);
    const document = model.documents[place];
    for (const entry of document?.entries ?? []) visit(entry);
    if (document?.subject !== undefined && !document.isSigned) visit(document.subject);
    for (const [other, { subject }] of model.documents.entries()) if (subject === place) visit(other);
  }
  visit(digests.indexOf(repository.tags.get(tag) ?? ''));
  return reached;
}

function sampleFor(
  place: number,
  { entries, subject, isSigned }: ModelDocument,
  samples: readonly Sample[],
  repository: SmallRepository,
): Sample {
  const of = subject === undefined || isSigned ? {} : { subject: samples[subject]?.descriptor };
  if (entries.length > 0) {
    const manifests = entries.map((entry) => samples[entry]?.descriptor);
    return document(types.index, { manifests, ...of, annotations: { place: String(place) } });
  }
  const created = new Date(Date.UTC(2020, 0, 1 + place)).toISOString();
  const config = sampleOf(
    types.config,
    Buffer.from(
      JSON.stringify({ created, architecture: 'arm64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] } }),
    ),
  );
  repository.blobs.set(config.descriptor.digest, config.bytes);
  return document(types.manifest, { config: config.descriptor, layers: [], ...of });
}

function refer(repository: SmallRepository, tag: string, referrer: Sample): void {
  const before = repository.manifests.get(repository.tags.get(tag) ?? '');
  const { manifests = [] } = (before === undefined ? {} : JSON.parse(before.bytes.toString())) as {
    manifests?: object[];
  };
  const index = document(types.index, { manifests: [...manifests, referrer.descriptor] });
  if (before !== undefined) repository.manifests.delete(repository.tags.get(tag) ?? '');
  put(repository, index);
  repository.tags.set(tag, index.descriptor.digest);
}

function document(mediaType: string, fields: object): Sample {
  return sampleOf(mediaType, Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...fields })));
}

function put(repository: SmallRepository, { descriptor, bytes }: Sample): void {
  repository.manifests.set(descriptor.digest, { bytes, mediaType: descriptor.mediaType });
}
