import type { Platform } from '../oci/platform.ts';
import type { CiConfig } from './ci-config.ts';
import type { TestConfig } from './test-config.ts';

/** What the user wrote, checked, every default filled in. Paths are as written, relative to the config file's folder. */
export interface Config {
  readonly images: readonly ImageConfig[];
  readonly builders: readonly BuilderConfig[];
  readonly ci: CiConfig;
  /** Keys that were written and that nothing acts on in this version, each once; whoever runs it tells the user. */
  readonly reservedKeys: readonly string[];
}

export interface ImageConfig {
  /** Unique in the config; the last part of the primary repository, or of the folder, where none is written. */
  readonly name: string;
  /** The first is primary; empty where nothing is published. */
  readonly repositories: readonly RepositoryConfig[];
  /** A folder. Default: `.` */
  readonly context: string;
  /** Relative to the config's folder. Default: `Dockerfile` in the context. */
  readonly dockerfile: string;
  /** Run once by the shell before any cell; may print a context folder as its last line. */
  readonly prepare?: string;
  /** At least one. */
  readonly platforms: readonly PlatformConfig[];
  /** At least one; an image without variants has the one named "". */
  readonly variants: readonly VariantConfig[];
  readonly contexts: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** Annotations of manifests; a key may carry a level as buildx has it: `index:KEY`, `manifest:KEY`, `manifest-descriptor:KEY`. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Entries of docker/metadata-action's language. */
  readonly tags: readonly string[];
  /** Whole references given by `-t`; where there are any, they stand in place of `repositories` and `tags`. */
  readonly references: readonly string[];
  readonly flavor: readonly string[];
  readonly architectureTags: boolean;
  readonly compression: CompressionConfig;
  readonly cache: 'registry' | 'gha' | 'local' | 's3' | 'none';
  /** BuildKit's options of the cache. */
  readonly cacheOptions: Readonly<Record<string, string>>;
  readonly secrets: readonly SecretConfig[];
  readonly ssh: readonly string[];
  readonly outputs: readonly OutputConfig[];
  /** Globs of paths that may hold programs of another architecture, or `*` for all. */
  readonly allowForeign: readonly string[];
  readonly noCache: boolean;
  readonly pull: boolean;
  /** The network of RUN. */
  readonly network: 'default' | 'none' | 'host';
  /** Addresses of host names in RUN. */
  readonly extraHosts: Readonly<Record<string, string>>;
  /** How long one cell may take. Default: no limit. */
  readonly timeoutMs?: number;
  /** How often a cell is tried again after a fault that may pass. */
  readonly retryCount: number;
  /** BuildKit's options; absent: what the builder usually does. */
  readonly provenance?: string;
  /** BuildKit's options; absent: no bill of materials. */
  readonly sbom?: string;
  readonly tests: readonly TestConfig[];
  /** Types of tag rules whose tags are never moved. */
  readonly immutable: readonly TagRuleType[];
  /** What is a warning about a tag rule becomes a fault. */
  readonly strict: boolean;
}

export type TagRuleType = 'schedule' | 'semver' | 'pep440' | 'match' | 'edge' | 'ref' | 'raw' | 'sha';

export interface RepositoryConfig {
  /** For example `ghcr.io/acme/app`. */
  readonly name: string;
  /** `env.NAME`: used only where that variable is set and not empty. */
  readonly when?: string;
  /** Whether its failure fails the release. Default: true. */
  readonly required: boolean;
  /** Whether strangers must be able to pull it. Default: false. */
  readonly public: boolean;
  /** Reached by plain HTTP, or with a certificate that nobody vouches for. Default: false. */
  readonly insecure: boolean;
}

export interface PlatformConfig {
  readonly platform: Platform;
  /** May fail without failing the release. Default: false. */
  readonly optional: boolean;
  /** How old a last good part may be to stand in for a failed one, in days. */
  readonly carryForwardDays?: number;
  readonly args: Readonly<Record<string, string>>;
  readonly emulation: 'allow' | 'warn' | 'refuse';
}

export interface VariantConfig {
  /** "" where the image has no variants. */
  readonly name: string;
  readonly default: boolean;
  readonly args: Readonly<Record<string, string>>;
  readonly target?: string;
  readonly dockerfile?: string;
  readonly context?: string;
  /** Normalised platforms this variant is limited to. */
  readonly platforms?: readonly string[];
  /** What stands behind the tag. Default: `-NAME`, empty for the default variant's second tags. */
  readonly suffix?: string;
  /** What stands before the tag. Default: nothing; where there is one, the usual suffix is none. */
  readonly prefix?: string;
  /** Whether it has the tag `latest` where the rules give it. Default: true. */
  readonly latest?: boolean;
}

export interface CompressionConfig {
  readonly type: 'gzip' | 'zstd';
  readonly level?: number;
  readonly reproducible: boolean;
}

export interface SecretConfig {
  readonly id: string;
  readonly env?: string;
  readonly file?: string;
}

/** Where a release is written besides its repositories. */
export interface OutputConfig {
  readonly kind: 'oci' | 'oci-archive' | 'docker-archive';
  readonly path: string;
}

export interface BuilderConfig {
  readonly name: string;
  readonly context?: string;
  readonly endpoint?: string;
  readonly driver?: 'docker' | 'docker-container' | 'kubernetes' | 'remote' | 'cloud';
  readonly platforms?: readonly string[];
  /** Cells it builds at once, all nodes together. Default: 4 a node. */
  readonly slots?: number;
  readonly options: Readonly<Record<string, string>>;
}
