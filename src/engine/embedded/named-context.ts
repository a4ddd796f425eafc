import { isAbsolute } from 'node:path';
import { Fault } from '../../errors/fault.ts';

/** Where the files of a named context lie. */
export type ContextSource =
  | { readonly kind: 'folder'; readonly folder: string }
  /** An image, or a location that holds one. */
  | { readonly kind: 'image'; readonly reference: string }
  /** Another image of the same build, by its name in the config. */
  | { readonly kind: 'target'; readonly image: string };

/**
 * Reads the value of a named context: a folder, `oci-layout://DIR[:TAG|@DIGEST]`, `docker-image://REFERENCE` or `target:NAME`.
 * @throws {Fault} CONTEXT_UNKNOWN
 */
export function locateContext(name: string, value: string): ContextSource {
  if (value.startsWith('docker-image://')) return { kind: 'image', reference: value.slice('docker-image://'.length) };
  if (value.startsWith('oci-layout://')) return { kind: 'image', reference: value };
  if (value.startsWith('target:')) return { kind: 'target', image: value.slice('target:'.length) };
  if (isAbsolute(value)) return { kind: 'folder', folder: value };
  throw new Fault(
    'CONTEXT_UNKNOWN',
    `Cannot use the build context "${name}": "${value}" is neither a folder nor an image`,
  );
}
