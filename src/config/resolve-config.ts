import { formatPlatform, type Platform } from '../oci/platform.ts';
import type { BuilderConfig, Config, ImageConfig } from './config.ts';
import { readPlatform } from './read-platform.ts';
import { resolveCi } from './resolve-ci.ts';
import { resolveImage } from './resolve-image.ts';
import { resolveRepository } from './resolve-repository.ts';
import { definedOf, textsOf } from './resolve-value.ts';
import type { WrittenConfig } from './written-config.ts';

export interface ResolveOptions {
  /** The name of the folder that the config lies in: what an image is called that has no other name. */
  readonly folderName: string;
  /** What `local` and `linux/$(uname -m)` mean. */
  readonly hostPlatform?: Platform;
  /** What \`findReservedKeys\` says of the written config. Default: none. */
  readonly reservedKeys?: readonly string[];
}

/**
 * Fills every default in. The short form becomes one image; what stands at the root beside `images` becomes part of
 * each image, where maps are joined key by key and everything else is taken from the image when it is there.
 *
 * @throws {Fault} PLATFORM_MALFORMED where a platform of this machine is meant and not known
 */
export function resolveConfig(written: WrittenConfig, options: ResolveOptions): Config {
  return {
    images: resolveImages(written, options),
    builders: (written.builders ?? []).map((builder) => resolveBuilder(builder, options)),
    ci: resolveCi(written.ci ?? {}, options),
    reservedKeys: options.reservedKeys ?? [],
  };
}

function resolveImages(written: WrittenConfig, options: ResolveOptions): readonly ImageConfig[] {
  const { image, name, images, builders: _builders, ci: _ci, ...shared } = written;
  if (images !== undefined) {
    return Object.entries(images).map(([imageName, own]) => resolveImage({ shared, own, name: imageName }, options));
  }
  const listed = shared.repositories ?? [];
  const isListed = image !== undefined && listed.some((entry) => nameOf(entry) === nameOf(image));
  const repositories = [...(image === undefined || isListed ? [] : [image]), ...listed];
  const own = { ...shared, ...(repositories.length === 0 ? {} : { repositories }) };
  return [resolveImage({ shared: {}, own, name }, options)];
}

/** `image` may be named again in `repositories`, where more can be said of it. */
function nameOf(written: NonNullable<WrittenConfig['repositories']>[number]): string {
  return resolveRepository(written).name;
}

function resolveBuilder(
  written: NonNullable<WrittenConfig['builders']>[number],
  options: ResolveOptions,
): BuilderConfig {
  const { name, context, endpoint, driver, platforms, slots, options: driverOptions } = written;
  return {
    name,
    options: textsOf(driverOptions),
    ...definedOf({
      context,
      endpoint,
      driver,
      slots,
      platforms: platforms?.map((text) => formatPlatform(readPlatform(text, options.hostPlatform))),
    }),
  };
}
