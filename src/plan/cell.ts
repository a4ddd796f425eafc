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
  /** Annotations of the image manifest. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly compression: Compression;
  readonly noCache: boolean;
  /** Look base images up again even where an earlier answer is kept. */
  readonly pull: boolean;
  readonly secrets: readonly SecretSource[];
  readonly ssh: readonly string[];
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
  readonly builder: string;
  readonly route: Route;
  readonly recipe: Recipe;
}
