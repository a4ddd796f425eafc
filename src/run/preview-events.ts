import { hostPlatform } from '../engine/host-platform.ts';
import type { Host } from '../host/host.ts';
import { chooseTags } from '../plan/choose-tags.ts';
import { releaseId } from '../plan/expand-matrix.ts';
import { isRuled } from './gather/gather-tags.ts';
import { type ConfigRequest, loadConfig } from './gather/load-config.ts';

/** The tags of one release after one event. */
export interface EventRow {
  /** `tag v1.2.3` */
  readonly event: string;
  /** `image[/variant]` */
  readonly release: string;
  /** Empty where the event gives it no tag. */
  readonly tags: readonly string[];
}

/**
 * What the tag rules of a config give for everything that usually happens to a repository, on a commit that is a sample:
 * the same text on every machine and commit, made for being reviewed and kept. Neither git nor any registry is asked.
 *
 * @throws {Fault} what is wrong with the config, the flags or the rules
 */
export async function previewEvents(request: ConfigRequest, host: Host): Promise<readonly EventRow[]> {
  const { config } = await loadConfig(request, host, hostPlatform());
  const [{ evaluateImageTags }, { usualEvents, usualEventTime }] = await Promise.all([
    import('../plan/tags/evaluate-image-tags.ts'),
    import('../ci/context/usual-events.ts'),
  ]);
  return usualEvents.flatMap(({ title, event }) =>
    config.images.flatMap((image) => {
      const ruled = isRuled(image, event) ? evaluateImageTags(image, event, { now: usualEventTime }).variants : {};
      return image.variants.map((variant) => {
        const { given, own } = chooseTags(image, variant, ruled[variant.name]);
        const tags = given.size > 0 ? [...given.values()].flatMap((named) => named.tags) : own.tags;
        return { event: title, release: releaseId(image.name, variant.name), tags: [...new Set(tags)] };
      });
    }),
  );
}
