import type { Host } from '../../host/host.ts';
import type { ImageStore } from '../../store/content-store.ts';
import { type Location, parseLocation } from '../../store/location.ts';
import { imageOf, openLocation } from '../../store/open-location.ts';

export interface OpenedImage {
  readonly location: Location;
  readonly store: ImageStore;
  /** The tag or digest in the store; "" names the only image of a layout or archive. */
  readonly reference: string;
}

/**
 * Opens what a user names as an image: a reference, `oci:DIR[:REF]`, `oci-archive:FILE[:REF]`, `docker-archive:FILE[:REF]`,
 * for as long as `use` takes. Of a registry without tag and digest, `latest` is meant.
 */
export async function withImage<Value>(
  text: string,
  host: Host,
  use: (image: OpenedImage) => Promise<Value>,
): Promise<Value> {
  const location = parseLocation(text);
  const store = await openLocation(location, { host, mode: 'read' });
  try {
    return await use({ location, store, reference: imageOf(location) });
  } finally {
    await store.close?.();
  }
}
