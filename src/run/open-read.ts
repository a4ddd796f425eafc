import type { Host } from '../host/host.ts';
import type { ImageStore } from '../store/content-store.ts';
import { type Location, parseLocation } from '../store/location.ts';
import { imageOf, openLocation } from '../store/open-location.ts';

export interface OpenedImage {
  readonly location: Location;
  readonly store: ImageStore;
  /** The tag or digest in the store; "" names the only image of a layout or archive. */
  readonly reference: string;
}

/**
 * Opens what a user names as an image: a reference, `oci:DIR[:REF]`, `oci-archive:FILE[:REF]`, `docker-archive:FILE[:REF]`.
 * Of a registry without tag and digest, `latest` is meant.
 */
export async function openRead(text: string, host: Host): Promise<OpenedImage> {
  const location = parseLocation(text);
  const store = await openLocation(location, { host, mode: 'read' });
  return { location, store, reference: imageOf(location) };
}
