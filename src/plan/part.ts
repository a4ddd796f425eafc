import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';

export interface PartLayer {
  readonly descriptor: Descriptor;
  /** The digest of the uncompressed tar. */
  readonly diffId: Digest;
  /** Whether it came from the build cache. */
  readonly cached: boolean;
  /** The instruction that made it; empty for layers of a base image. */
  readonly createdBy: string;
}

/** The single-platform result of a cell. */
export interface Part {
  readonly cell: string;
  readonly platform: string;
  readonly manifest: Descriptor;
  readonly config: Descriptor;
  readonly layers: readonly PartLayer[];
  /** Config and layers as stored. */
  readonly sizeBytes: number;
  readonly durationMs: number;
  readonly steps: { readonly total: number; readonly cached: number };
  /** The engine or builder that made it. */
  readonly engine: string;
  /** Where its content lies, as `openLocation` reads it: `oci:DIR`, or a repository. Default: in the engine's store. */
  readonly location?: string;
  /** Attestations of this image, as they are to stand behind it in the index. Default: none. */
  readonly attestations?: readonly Descriptor[];
}
