import { type Descriptor, descriptorOf, emptyDescriptor } from '../../../src/oci/descriptor.ts';
import type { Digest } from '../../../src/oci/digest.ts';
import { encodeDocument } from '../../../src/oci/encode.ts';
import { mediaTypes } from '../../../src/oci/media-types.ts';
import { parsePlatform } from '../../../src/oci/platform.ts';
import { once } from '../../../src/store/collect-content.ts';
import type { ContentStore } from '../../../src/store/content-store.ts';

export interface SampleOptions {
  /** Default: linux/amd64, linux/arm64, linux/arm/v7. */
  readonly platforms?: readonly string[];
  /** Bytes of the layer that every platform has of its own. Default: 2000. */
  readonly layerBytes?: number;
  /** Whether each image has BuildKit's provenance beside it. Default: false. */
  readonly attestations?: boolean;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Told apart from other samples by this. Default: "sample". */
  readonly name?: string;
}

export interface Sample {
  readonly index: Descriptor;
  readonly images: readonly Descriptor[];
  readonly attestations: readonly Descriptor[];
  readonly shared: Descriptor;
}

/** Bytes that are the same every time and hard to compress. */
export function sampleBytes(seed: string, size: number): Uint8Array {
  const bytes = Buffer.alloc(size);
  let state = Buffer.from(seed).reduce((sum, byte) => (sum * 31 + byte) >>> 0, 7);
  for (let at = 0; at < size; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

/** Writes content and describes it. */
export async function put(store: ContentStore, mediaType: string, bytes: Uint8Array): Promise<Descriptor> {
  const descriptor = descriptorOf(mediaType, bytes);
  await store.write(once(bytes), descriptor);
  return descriptor;
}

/** Writes a small image for several platforms: one layer that all share, one that each has of its own. */
export async function putSample(store: ContentStore, options: SampleOptions = {}): Promise<Sample> {
  const { platforms = ['linux/amd64', 'linux/arm64', 'linux/arm/v7'], layerBytes = 2000, name = 'sample' } = options;
  const shared = await put(store, mediaTypes.layer, sampleBytes(`${name} shared`, 3000));
  const images: Descriptor[] = [];
  const attestations: Descriptor[] = [];
  for (const text of platforms) {
    const platform = parsePlatform(text);
    const layer = await put(store, mediaTypes.layer, sampleBytes(`${name} ${text}`, layerBytes));
    const config = {
      ...platform,
      rootfs: { type: 'layers', diff_ids: [shared.digest, layer.digest] },
      config: { Labels: { name } },
    };
    const configDescriptor = await put(store, mediaTypes.config, encodeDocument(config));
    const manifest = {
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config: configDescriptor,
      layers: [shared, layer],
    };
    const image = { ...(await put(store, mediaTypes.manifest, encodeDocument(manifest))), platform };
    images.push(image);
    if (options.attestations === true) attestations.push(await putAttestation(store, image));
  }
  const { annotations } = options;
  const index = {
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    // Attestations first: a copy has to find the right order by itself.
    manifests: [...attestations, ...images],
    ...(annotations === undefined ? {} : { annotations }),
  };
  return { index: await put(store, mediaTypes.index, encodeDocument(index)), images, attestations, shared };
}

/** Writes an artifact that refers to a manifest or an index by its `subject`. */
export async function putReferrer(store: ContentStore, subject: Descriptor, artifactType: string): Promise<Descriptor> {
  const { mediaType, digest, size } = subject;
  await put(store, mediaTypes.empty, Buffer.from('{}'));
  const layer = await put(store, 'application/json', Buffer.from(JSON.stringify({ artifactType, about: digest })));
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    artifactType,
    config: emptyDescriptor,
    layers: [layer],
    subject: { mediaType, digest, size },
    annotations: { 'org.example.made-for': 'a test' },
  };
  return put(store, mediaTypes.manifest, encodeDocument(manifest));
}

async function putAttestation(store: ContentStore, image: Descriptor): Promise<Descriptor> {
  const statement = await put(store, mediaTypes.inToto, Buffer.from(JSON.stringify({ about: image.digest })));
  const layer = { ...statement, annotations: { 'in-toto.io/predicate-type': 'https://slsa.dev/provenance/v1' } };
  const { mediaType, digest, size } = image;
  await put(store, mediaTypes.empty, Buffer.from('{}'));
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    artifactType: mediaTypes.dockerAttestation,
    config: emptyDescriptor,
    layers: [layer],
    subject: { mediaType, digest, size },
  };
  return {
    ...(await put(store, mediaTypes.manifest, encodeDocument(manifest))),
    annotations: { 'vnd.docker.reference.digest': digest, 'vnd.docker.reference.type': 'attestation-manifest' },
    platform: { architecture: 'unknown', os: 'unknown' },
  };
}

/** Digests of a list of descriptors, for comparing. */
export function digestsOf(descriptors: readonly { readonly digest: Digest }[]): readonly Digest[] {
  return descriptors.map(({ digest }) => digest);
}
