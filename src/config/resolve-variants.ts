import { join } from 'node:path/posix';
import { formatPlatform, type Platform } from '../oci/platform.ts';
import type { VariantConfig } from './config.ts';
import { readPlatform } from './read-platform.ts';
import { definedOf, textsOf } from './resolve-value.ts';
import type { WrittenImage } from './written-config.ts';

type WrittenVariant = NonNullable<WrittenImage['variants']>[string];

/** The variants of an image with its arguments and target; one without a name where it has none. */
export function resolveVariants(written: WrittenImage, host: Platform | undefined): readonly VariantConfig[] {
  const variants = Object.entries(written.variants ?? {});
  if (variants.length > 0) return variants.map(([name, variant]) => resolveVariant({ name, variant, written }, host));
  return [{ name: '', default: true, args: textsOf(written.args), ...definedOf({ target: written.target }) }];
}

interface Source {
  readonly name: string;
  readonly variant: WrittenVariant;
  readonly written: WrittenImage;
}

function resolveVariant({ name, variant, written }: Source, host: Platform | undefined): VariantConfig {
  const { context, platforms, suffix, prefix, latest } = variant;
  const ownDockerfile =
    context === undefined || written.dockerfile !== undefined ? undefined : join(context, 'Dockerfile');
  return {
    name,
    default: variant.default ?? false,
    args: { ...textsOf(written.args), ...textsOf(variant.args) },
    ...definedOf({
      target: variant.target ?? written.target,
      dockerfile: variant.dockerfile ?? ownDockerfile,
      context,
      platforms: platforms?.map((text) => formatPlatform(readPlatform(text, host))),
      suffix: suffix === undefined ? undefined : String(suffix),
      prefix: prefix === undefined ? undefined : String(prefix),
      latest,
    }),
  };
}
