import type { Problem } from './outcome.ts';

/** The drivers of buildx. */
export type BuilderDriver = 'docker' | 'docker-container' | 'kubernetes' | 'remote' | 'cloud';

/** A place that builds cells, as it was found before planning. */
export interface BuilderFacts {
  /** As buildx calls it. */
  readonly name: string;
  readonly driver: BuilderDriver;
  /** A Docker context, where the config names one. */
  readonly context?: string;
  /** `ssh://`, `tcp://`, `unix://`…, where the config names one. */
  readonly endpoint?: string;
  /** `missing`: the config describes it and buildx does not know it yet; the run makes it. */
  readonly state: 'ready' | 'missing' | 'unreachable' | 'wrong';
  /** Why it cannot be used, with the cure; absent where it can. */
  readonly problem?: Problem;
  /** Cells that it builds at once, all nodes together. At least 1. */
  readonly slots: number;
  /** Normalised platforms that the config limits it to; absent: those of its nodes. */
  readonly platforms?: readonly string[];
  /** Options of the driver. */
  readonly options: Readonly<Record<string, string>>;
  readonly nodes: readonly NodeFacts[];
}

/** One BuildKit behind a builder. */
export interface NodeFacts {
  readonly name: string;
  readonly endpoint: string;
  readonly state: 'ready' | 'unreachable';
  readonly problem?: Problem;
  /** Of BuildKit; absent where the node does not tell it. */
  readonly version?: string;
  /** Normalised platforms that its CPU runs; the first is that of the CPU itself, which BUILDPLATFORM names. */
  readonly native: readonly string[];
  /** Normalised platforms that it runs through an emulator. */
  readonly emulated: readonly string[];
  /** Those that buildx was told when the node was made: it sends them here before it looks at any other. Default: none. */
  readonly declared?: readonly string[];
  /** Whether the build cache can be written elsewhere. Default: true. */
  readonly canExportCache?: boolean;
  /** The docker driver cannot; its parts come back over the wire and are pushed from here. */
  readonly canPushByDigest: boolean;
  /** Bytes; absent where it cannot be told. */
  readonly freeBytes?: number;
  /** How far its clock is ahead of this machine's; absent where it cannot be told. */
  readonly clockSkewMs?: number;
}
