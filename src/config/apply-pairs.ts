import type { ImageConfig } from './config.ts';
import { type FlagFolders, flagFault, mapContextPath, parsePair, relocate } from './flag-value.ts';
import type { Overrides } from './overrides.ts';

type Texts = Readonly<Record<string, string>>;

/**
 * Build arguments of flags win over those of every variant and platform. `NAME` alone stands for the variable of that
 * name, and for nothing where it is unset, as buildx has it.
 *
 * @throws {Fault} FLAG_MALFORMED
 */
export function applyArgs(
  image: ImageConfig,
  written: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ImageConfig {
  const entries = written.map((text) => parsePair('--build-arg', text));
  const args: Texts = Object.fromEntries(
    entries.flatMap(([name, value = env[name]]) => (value === undefined ? [] : [[name, value]])),
  );
  return {
    ...image,
    variants: image.variants.map((variant) => ({ ...variant, args: { ...variant.args, ...args } })),
    platforms: image.platforms.map((platform) => ({ ...platform, args: { ...platform.args, ...args } })),
  };
}

/**
 * Labels, annotations and named contexts of flags, joined to those of the image.
 *
 * @throws {Fault} FLAG_MALFORMED
 */
export function applyMaps(image: ImageConfig, overrides: Overrides, folders: FlagFolders): ImageConfig {
  const contexts = pairsOf('--build-context', overrides.contexts);
  const moved = Object.entries(contexts).map(
    ([name, place]) => [name, mapContextPath(place, (path) => relocate(path, folders))] as const,
  );
  return {
    ...image,
    labels: { ...image.labels, ...labelsOf(overrides.labels) },
    annotations: { ...image.annotations, ...pairsOf('--annotation', overrides.annotations) },
    contexts: { ...image.contexts, ...Object.fromEntries(moved) },
  };
}

/** A label without a value is empty. */
function labelsOf(written: readonly string[] = []): Texts {
  return Object.fromEntries(
    written.map((text) => parsePair('--label', text)).map(([name, value = '']) => [name, value]),
  );
}

function pairsOf(flag: string, written: readonly string[] = []): Texts {
  return Object.fromEntries(
    written.map((text) => {
      const [name, value] = parsePair(flag, text);
      if (value === undefined || value === '') throw flagFault(flag, text, 'it has no value, expected NAME=VALUE');
      return [name, value] as const;
    }),
  );
}
