import type { Host } from '../../host/host.ts';
import type { ImageStore } from '../../store/content-store.ts';
import { parseLocation } from '../../store/location.ts';
import { openLocation } from '../../store/open-location.ts';

/** Opens the place that a base image lies in, for reading: a registry, a layout or an archive. */
export async function openBaseImage(reference: string, host: Host): Promise<ImageStore> {
  return openLocation(parseLocation(reference), { host, mode: 'read' });
}
