import { formatPlatform, type Platform } from '../oci/platform.ts';
import type { ImageConfig, PlatformConfig } from './config.ts';
import { splitList } from './flag-value.ts';
import { readPlatform } from './read-platform.ts';

/**
 * The image for the platforms of `--platform`, each once, in the order of the flag; one that the config also has keeps
 * its settings.
 *
 * @throws {Fault} PLATFORM_MALFORMED
 */
export function applyPlatforms(
  image: ImageConfig,
  written: readonly string[] | undefined,
  host: Platform | undefined,
): ImageConfig {
  const texts = splitList(written ?? []);
  if (texts.length === 0) return image;
  const settings = new Map(image.platforms.map((entry) => [formatPlatform(entry.platform), entry]));
  const wanted = new Map(
    texts.map((text) => readPlatform(text, host)).map((platform) => [formatPlatform(platform), platform]),
  );
  const platforms = [...wanted].map(([name, platform]) => settings.get(name) ?? withoutSettings(platform, image));
  return { ...image, platforms };
}

function withoutSettings(platform: Platform, image: ImageConfig): PlatformConfig {
  return { platform, optional: false, args: {}, emulation: image.platforms[0]?.emulation ?? 'warn' };
}
