import type { FaultWhere } from '../errors/fault.ts';
import type { Host } from '../host/host.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import type { Platform } from '../oci/platform.ts';
import type { ImageStore } from './content-store.ts';

/** What an image graph may cost before it is refused, so that a hostile index cannot exhaust this machine. */
export interface GraphLimits {
  /** Indexes inside indexes. Default: 8. */
  readonly maxDepth: number;
  /** Manifests and indexes in one graph. Default: 4096. */
  readonly maxManifests: number;
  /** Configs, layers and other blobs in one graph. Default: 65,536. */
  readonly maxBlobs: number;
  /** Bytes of one manifest or index. Default: 8 MiB. */
  readonly maxManifestBytes: number;
  /** Bytes of all manifests and indexes of one graph together. Default: 64 MiB. */
  readonly maxGraphBytes: number;
}

/** How content moves. `copyGraph` and `copyImages` share it. */
export interface CopyOptions {
  readonly host: Host;
  readonly source: ImageStore;
  readonly destination: ImageStore;
  /** Blobs that move at once. Default: 6; never more than the destination's `parallelWrites`. */
  readonly concurrency?: number;
  /** Read a file again before it is linked from another layout. Default: true; false is for a store of one's own. */
  readonly rehash?: boolean;
  readonly limits?: Partial<GraphLimits>;
  /** The task that progress is shown under. Default: none. */
  readonly parentTask?: string;
}

export interface ImageCopy {
  /** A tag or digest in the source; "" names the only image of a layout or archive. */
  readonly reference: string;
  /** What is to be tagged in the destination once all content is there. May be empty. */
  readonly tags: readonly string[];
}

export interface CopyImagesOptions extends CopyOptions {
  readonly images: readonly ImageCopy[];
  /**
   * Only these platforms. An index of which all is wanted stays as it is, byte for byte. Otherwise it is written anew with the
   * wanted images and their attestations; where one image without attestations is left, that image is copied by itself.
   */
  readonly platforms?: readonly Platform[];
  /**
   * Also what refers to every manifest copied: the referrers API, the fallback tags `sha256-<hex>`, and cosign's
   * `sha256-<hex>.sig`, `.att` and `.sbom`. Default: false.
   */
  readonly referrers?: boolean;
}

/** What became of one piece of content. */
export type ContentOutcome =
  /** Its bytes were moved. */
  | 'copied'
  /** The registry took it from another repository of its own. */
  | 'mounted'
  /** A hard link to the file of the other layout. */
  | 'linked'
  /** It was there already. */
  | 'present'
  /** A layer that its maker does not allow to be distributed; its descriptor's `urls` say where it is. */
  | 'not-distributable';

export interface CopiedContent {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly mediaType: string;
  readonly outcome: ContentOutcome;
}

export interface CopiedGraph {
  readonly root: Descriptor;
  /** Every piece of content once, children before parents. */
  readonly contents: readonly CopiedContent[];
}

export interface CopiedImage extends CopiedGraph {
  readonly reference: string;
  /** What the reference pointed at; differs from `root` where platforms were left out. */
  readonly source: Descriptor;
  readonly tags: readonly string[];
  /** Signatures, attestations and other referrers that went along. */
  readonly referrers: readonly { readonly subject: Digest; readonly descriptor: Descriptor; readonly tag?: string }[];
}

/** Which side of a copy a fault is about. */
export type CopySide = NonNullable<FaultWhere['side']>;
