/** How a cell is built. `assembled`: nothing of the target runs. */
export type RouteKind = 'native' | 'cross' | 'emulated' | 'assembled';

export interface Route {
  readonly kind: RouteKind;
  /** One sentence: why this route and no faster one. */
  readonly reason: string;
}

export interface Compression {
  readonly type: 'gzip' | 'zstd';
  /** gzip 1-9, zstd 1-19; the type's usual level where it is left out. */
  readonly level?: number;
  /** Bytes that are equal on every Node version and CPU, at half the speed. */
  readonly reproducible?: boolean;
}

/** A secret that RUN may mount; its value is read by the engine and never stands in a plan. */
export interface SecretSource {
  readonly id: string;
  readonly env?: string;
  readonly file?: string;
}

/** Everything about one platform of one image that decides its bytes. Paths are absolute. */
export interface Recipe {
  /** A folder. */
  readonly context: string;
  readonly dockerfile: string;
  /** Patterns left out of the context besides those of .dockerignore: where polyarch itself writes. Default: none. */
  readonly contextIgnore?: readonly string[];
  readonly target?: string;
  readonly args: Readonly<Record<string, string>>;
  /** Named contexts: a folder, `oci-layout://DIR[:TAG|@DIGEST]`, `docker-image://REFERENCE`, or `target:NAME`. */
  readonly contexts: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** Those of `labels`, by name, that tell of the event alone: a part of another event that is equal but for them stands for this one. */
  readonly eventLabels?: readonly string[];
  /** Annotations of the image manifest. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly compression: Compression;
  readonly noCache: boolean;
  /** Look base images up again even where an earlier answer is kept. */
  readonly pull: boolean;
  readonly secrets: readonly SecretSource[];
  readonly ssh: readonly string[];
  /** The network of RUN. Default: `default`. */
  readonly network?: 'default' | 'none' | 'host';
  /** Addresses of host names in RUN. Default: none. */
  readonly extraHosts?: Readonly<Record<string, string>>;
  /** BuildKit's options of the provenance attestation; absent: what the builder usually does. */
  readonly provenance?: string;
  /** BuildKit's options of the bill of materials; absent: none is made. */
  readonly sbom?: string;
}

/** A builder that may build a cell, and how. */
export interface Placement {
  /** `embedded`, or the name of one of the plan's builders. */
  readonly builder: string;
  /** One of the builder's nodes; absent where the builder has one only. */
  readonly node?: string;
  readonly route: Route;
  /** What the cell takes there, in milliseconds; absent: as long as where it is planned, or the price of the route. */
  readonly estimateMs?: number;
}

/** What a cell may take before it is given up. */
export interface CellLimits {
  /** Milliseconds of one attempt. Default: no limit. */
  readonly timeoutMs?: number;
  /** Further attempts after a fault that may pass. */
  readonly retryCount: number;
}

/** BuildKit's caches of one cell, each written as buildx writes it: `type=registry,ref=…`. */
export interface CellCache {
  readonly from: readonly string[];
  readonly to: readonly string[];
}

/** One (image, variant, platform): the unit that is built, retried, cached, tested and timed. */
export interface Cell {
  /** Unique in the plan: `image[/variant]/os/arch[/variant]`. */
  readonly id: string;
  readonly image: string;
  /** Empty where the image has no variants. */
  readonly variant: string;
  /** Normalised, for example `linux/arm/v7`. */
  readonly platform: string;
  readonly optional: boolean;
  /** How old a part of a former run may be to stand in where this cell fails, in days. Absent: none stands in. */
  readonly carryForwardDays?: number;
  readonly builder: string;
  /** The node of the builder; absent where the builder has one only. */
  readonly node?: string;
  readonly route: Route;
  /** Where else it may be built when that builder is lost or its route fails, best first. Absent: nowhere. */
  readonly alternatives?: readonly Placement[];
  readonly limits: CellLimits;
  /** The image that it stands on, as FROM names it, variables expanded; `scratch`: none. Absent: a named context. */
  readonly base?: string;
  /** What it took in former runs, in milliseconds; absent where it was never built. */
  readonly estimateMs?: number;
  /** The longest it took in former runs by an emulated route, in milliseconds; absent where it was never built so. */
  readonly longestEmulatedMs?: number;
  /** Absent: only the builder's own cache. */
  readonly cache?: CellCache;
  /** The repository that the part is pushed to by digest; absent: it is kept on this machine. */
  readonly repository?: string;
  readonly recipe: Recipe;
}
