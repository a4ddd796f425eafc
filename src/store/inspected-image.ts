import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import type { ImageConfig } from '../oci/image-config.ts';

/** What is to be known about an image: what it is made of, what is shared, and what was attached to it. A plain value. */
export interface InspectedImage {
  readonly reference: string;
  readonly kind: 'index' | 'image' | 'artifact';
  readonly descriptor: Descriptor;
  /** Set for artifacts. */
  readonly artifactType?: string;
  /** Of the index or manifest itself. */
  readonly annotations: Readonly<Record<string, string>>;
  /** One an image, in the order of the index. */
  readonly platforms: readonly InspectedPlatform[];
  /** Entries of the index that are neither images nor attestations. */
  readonly otherEntries: readonly Descriptor[];
  readonly attestations: readonly InspectedAttestation[];
  /** Layers that several platforms have, largest first. */
  readonly sharedLayers: readonly SharedLayer[];
  readonly referrers: readonly InspectedReferrer[];
  /** Configs and layers of all images, each once. Bytes. */
  readonly totalBytes: number;
  /** Entries of the index whose content is not there. */
  readonly missing: readonly Descriptor[];
}

export interface InspectedPlatform {
  /** Normalised, for example `linux/arm/v7`. */
  readonly platform: string;
  readonly manifest: Descriptor;
  /** Of the manifest. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly configDescriptor: Descriptor;
  readonly config: ImageConfig;
  readonly layers: readonly Descriptor[];
  /** Config and layers as stored. */
  readonly sizeBytes: number;
  /** The part of it that no other platform has. */
  readonly ownBytes: number;
}

export interface SharedLayer {
  readonly layer: Descriptor;
  readonly platforms: readonly string[];
}

export type StatementKind = 'provenance' | 'sbom' | 'signature' | 'other';

/** BuildKit's provenance and SBOM of one image of the index. */
export interface InspectedAttestation {
  readonly manifest: Descriptor;
  /** The image it is about. */
  readonly subject?: Digest;
  /** The platform of that image, where it is in this index. */
  readonly platform?: string;
  readonly statements: readonly {
    readonly predicateType: string;
    readonly kind: StatementKind;
    readonly layer: Descriptor;
  }[];
}

/** What refers to the image from outside: a signature, an attestation, an SBOM. */
export interface InspectedReferrer {
  readonly subject: Digest;
  readonly descriptor: Descriptor;
  readonly kind: StatementKind;
  /** Cosign's tag that it was found under, where it was. */
  readonly tag?: string;
  /** Where it says so itself. */
  readonly predicateType?: string;
}
