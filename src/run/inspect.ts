import type { Host } from '../host/host.ts';
import { readBytes } from '../store/collect-content.ts';
import { inspectImage } from '../store/inspect.ts';
import type { InspectedImage } from '../store/inspected-image.ts';
import { resolveImage } from '../store/resolve-image.ts';
import { withImage } from './open/open-read.ts';

/** Everything that is to be known about an image. @throws {Fault} those of its place */
export async function inspect(image: string, host: Host): Promise<InspectedImage> {
  const inspected = await withImage(image, host, ({ store, reference }) => inspectImage(store, reference));
  return { ...inspected, reference: image };
}

/** The manifest or index of an image, its bytes as they are stored. @throws {Fault} those of its place */
export async function readRaw(image: string, host: Host): Promise<Uint8Array> {
  return withImage(image, host, async ({ store, reference }) => readBytes(store, await resolveImage(store, reference)));
}
