import type { Host } from '../host/host.ts';
import type { ManifestReader } from './manifest-reader.ts';
import type { RegistryStorage } from './registry-storage.ts';
import type { ServerLimits } from './server-limits.ts';
import type { UploadTurns } from './upload-turns.ts';

/** What every endpoint works with. */
export interface RegistryContext {
  readonly host: Host;
  readonly storage: RegistryStorage;
  readonly manifests: ManifestReader;
  readonly turns: UploadTurns;
  readonly limits: ServerLimits;
  /** Nothing is changed, not even the time a blob was last asked for. */
  readonly isReadOnly: boolean;
}
