import type { Digest } from './digest.ts';
import type { Platform } from './platform.ts';

/** Names content by type, digest and size. https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly urls?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
  /** The content itself, base64, where it is embedded. */
  readonly data?: string;
  readonly artifactType?: string;
  readonly platform?: Platform;
}
