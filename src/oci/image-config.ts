import {
  type Decoder,
  decodeBoolean,
  decodeDigest,
  decodeDocument,
  decodeEmptyObject,
  decodeInteger,
  decodeText,
  listOf,
  mapOf,
  objectOf,
  optional,
  type Place,
} from './decode.ts';
import type { Digest } from './digest.ts';
import { normalizePlatform, type Platform } from './platform.ts';

/** How Docker finds out whether a container is well. Durations in nanoseconds; 0 means the default. */
export interface Healthcheck {
  /** `['NONE']`, `['CMD', ...]` or `['CMD-SHELL', text]`. */
  readonly Test?: readonly string[];
  readonly Interval?: number;
  readonly Timeout?: number;
  readonly StartPeriod?: number;
  readonly StartInterval?: number;
  readonly Retries?: number;
}

/** How a container of the image runs. The last five fields are Docker's. */
export interface ContainerConfig {
  readonly User?: string;
  /** Keys such as `80/tcp`. */
  readonly ExposedPorts?: Readonly<Record<string, object>>;
  /** `NAME=value`. */
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  /** Keys are paths. */
  readonly Volumes?: Readonly<Record<string, object>>;
  readonly WorkingDir?: string;
  readonly Labels?: Readonly<Record<string, string>>;
  readonly StopSignal?: string;
  /** Windows: the command is already one escaped line. */
  readonly ArgsEscaped?: boolean;
  readonly Healthcheck?: Healthcheck;
  readonly OnBuild?: readonly string[];
  readonly Shell?: readonly string[];
  /** Seconds. */
  readonly StopTimeout?: number;
}

export interface HistoryEntry {
  /** RFC 3339. */
  readonly created?: string;
  readonly created_by?: string;
  readonly author?: string;
  readonly comment?: string;
  /** Whether the step made no layer. Default: false. */
  readonly empty_layer?: boolean;
}

export interface RootFs {
  readonly type: string;
  /** The digests of the uncompressed layers, lowest first. */
  readonly diff_ids: readonly Digest[];
}

/** What an image is: its platform, its layers, how it runs. https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md */
export interface ImageConfig {
  /** RFC 3339. */
  readonly created?: string;
  readonly author?: string;
  readonly architecture: string;
  readonly os: string;
  readonly 'os.version'?: string;
  readonly 'os.features'?: readonly string[];
  readonly variant?: string;
  readonly config?: ContainerConfig;
  readonly rootfs: RootFs;
  readonly history?: readonly HistoryEntry[];
}

/** Reads an image config, OCI or Docker, from JSON bytes or a parsed value. Unknown fields are kept. @throws {Fault} DOCUMENT_MALFORMED */
export function decodeConfig(input: unknown): ImageConfig {
  return decodeDocument(input, 'image config', configDecoder);
}

/** The platform that a config says, in the form of an index entry. */
export function platformOf(config: ImageConfig): Platform {
  return normalizePlatform({
    os: config.os,
    architecture: config.architecture,
    variant: config.variant ?? '',
    'os.version': config['os.version'] ?? '',
    'os.features': config['os.features'] ?? [],
  });
}

const healthcheckDecoder: Decoder<Healthcheck> = objectOf<Healthcheck>({
  Test: optional(listOf(decodeText)),
  Interval: optional(decodeInteger),
  Timeout: optional(decodeInteger),
  StartPeriod: optional(decodeInteger),
  StartInterval: optional(decodeInteger),
  Retries: optional(decodeInteger),
});

const containerDecoder: Decoder<ContainerConfig> = objectOf<ContainerConfig>({
  User: optional(decodeText),
  ExposedPorts: optional(mapOf(decodeEmptyObject)),
  Env: optional(listOf(decodeText)),
  Entrypoint: optional(decodeCommand),
  Cmd: optional(decodeCommand),
  Volumes: optional(mapOf(decodeEmptyObject)),
  WorkingDir: optional(decodeText),
  Labels: optional(mapOf(decodeText)),
  StopSignal: optional(decodeText),
  ArgsEscaped: optional(decodeBoolean),
  Healthcheck: optional(healthcheckDecoder),
  OnBuild: optional(listOf(decodeText)),
  Shell: optional(decodeCommand),
  StopTimeout: optional(decodeInteger),
});

const configDecoder: Decoder<ImageConfig> = objectOf<ImageConfig>({
  created: optional(decodeText),
  author: optional(decodeText),
  architecture: decodeText,
  os: decodeText,
  'os.version': optional(decodeText),
  'os.features': optional(listOf(decodeText)),
  variant: optional(decodeText),
  config: optional(containerDecoder),
  rootfs: objectOf<RootFs>({ type: decodeText, diff_ids: listOf(decodeDigest) }),
  history: optional(
    listOf(
      objectOf<HistoryEntry>({
        created: optional(decodeText),
        created_by: optional(decodeText),
        author: optional(decodeText),
        comment: optional(decodeText),
        empty_layer: optional(decodeBoolean),
      }),
    ),
  ),
});

/** Early images write a command of one word as a plain text. */
function decodeCommand(value: unknown, place: Place): readonly string[] {
  return typeof value === 'string' ? [value] : listOf(decodeText)(value, place);
}
