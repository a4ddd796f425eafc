import type { BuilderFacts } from './builder-facts.ts';
import type { Cell } from './cell.ts';
import type { EventFacts } from './event-facts.ts';
import type { EngineFacts } from './facts.ts';
import type { OrderEvidence } from './order-evidence.ts';

/** Everything that a run will do, before it does it. Plain JSON. */
export interface Plan {
  readonly version: 1;
  readonly runId: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly root: string;
  readonly engine: EngineFacts;
  /** The builders that cells name; none where the embedded engine builds. */
  readonly builders: readonly BuilderFacts[];
  readonly event: EventFacts;
  /** As configured: images, then variants, then platforms. */
  readonly cells: readonly Cell[];
  readonly releases: readonly PlannedRelease[];
}

/** The index of one (image, variant): what stands in it and where it goes. */
export interface PlannedRelease {
  /** `image[/variant]` */
  readonly id: string;
  readonly image: string;
  readonly variant: string;
  /** Cell ids in the order of the index. */
  readonly cells: readonly string[];
  /** Annotations of the index. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Annotations of the images' descriptors in the index, by platform. */
  readonly descriptorAnnotations: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly allowForeign: readonly string[];
  /** What tells this release from an older or newer one. */
  readonly order: OrderEvidence;
  readonly destinations: readonly Destination[];
  /** Repositories that are left out, and why. */
  readonly leftOut: readonly { readonly repository: string; readonly reason: string }[];
}

/** A place a release is written to. Paths are absolute. */
export type Destination =
  | { readonly kind: 'oci'; readonly path: string; readonly tags: readonly string[] }
  | {
      readonly kind: 'oci-archive';
      readonly path: string;
      readonly tags: readonly string[];
      /** By tag: the whole reference that `docker load` names the image by. */
      readonly names: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'docker-archive'; readonly path: string; readonly tags: readonly string[] }
  | { readonly kind: 'docker'; readonly tags: readonly string[] }
  | {
      readonly kind: 'repository';
      readonly repository: string;
      readonly tags: readonly string[];
      readonly required: boolean;
      /** Strangers must be able to pull it. Default: false. */
      readonly public?: boolean;
      /** Reached by plain HTTP. Default: false. */
      readonly insecure?: boolean;
      /** Those of `tags` that another digest may never replace. Default: none. */
      readonly immutable?: readonly string[];
      /** By cell: tags of the images of one platform alone. Default: none. */
      readonly architectureTags?: Readonly<Record<string, readonly string[]>>;
    };
