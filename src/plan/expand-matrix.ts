import type { ImageConfig, PlatformConfig, VariantConfig } from '../config/config.ts';
import { formatPlatform } from '../oci/platform.ts';
import { annotationsOf } from './annotation-level.ts';
import type { Cell, Recipe } from './cell.ts';
import { chooseBaseName } from './choose-base-name.ts';
import { createRouteChooser } from './choose-route.ts';
import type { Facts } from './facts.ts';
import { locateContexts } from './locate-contexts.ts';
import { pathBelow } from './path-below.ts';

/** The cells of one image, variants before platforms, in the order of the config. */
export function expandMatrix(image: ImageConfig, facts: Facts): readonly Cell[] {
  const chooseRoute = createRouteChooser(facts);
  return image.variants.flatMap((variant) =>
    image.platforms
      .filter(({ platform }) => variant.platforms?.includes(formatPlatform(platform)) ?? true)
      .map((platform) => cellOf(image, variant, { platform, facts, chooseRoute })),
  );
}

/** `image[/variant]` */
export function releaseId(image: string, variant: string): string {
  return variant === '' ? image : `${image}/${variant}`;
}

interface Coordinates {
  readonly platform: PlatformConfig;
  readonly facts: Facts;
  readonly chooseRoute: ReturnType<typeof createRouteChooser>;
}

function cellOf(image: ImageConfig, variant: VariantConfig, { platform, facts, chooseRoute }: Coordinates): Cell {
  const name = formatPlatform(platform.platform);
  const recipe = recipeOf(image, variant, { platform, facts });
  const base = chooseBaseName(recipe, name, facts);
  return {
    id: `${releaseId(image.name, variant.name)}/${name}`,
    image: image.name,
    variant: variant.name,
    platform: name,
    optional: platform.optional,
    ...(platform.carryForwardDays === undefined ? {} : { carryForwardDays: platform.carryForwardDays }),
    builder: facts.engine.name,
    route: chooseRoute(recipe, name),
    limits: {
      retryCount: image.retryCount,
      ...(image.timeoutMs === undefined ? {} : { timeoutMs: image.timeoutMs }),
    },
    ...(base === undefined ? {} : { base }),
    recipe,
  };
}

function recipeOf(
  image: ImageConfig,
  variant: VariantConfig,
  { platform, facts }: Omit<Coordinates, 'chooseRoute'>,
): Recipe {
  const target = variant.target;
  return {
    context: facts.preparedContexts[image.name] ?? pathBelow(facts.root, variant.context ?? image.context),
    dockerfile: pathBelow(facts.root, variant.dockerfile ?? image.dockerfile),
    contextIgnore: ['.polyarch'],
    ...(target === undefined ? {} : { target }),
    args: { ...variant.args, ...platform.args },
    contexts: locateContexts(image.contexts, facts.root),
    labels: image.labels,
    annotations: annotationsOf(image.annotations, 'manifest', formatPlatform(platform.platform)),
    compression: image.compression,
    noCache: image.noCache,
    pull: image.pull,
    secrets: image.secrets.map((secret) =>
      secret.file === undefined ? secret : { ...secret, file: pathBelow(facts.root, secret.file) },
    ),
    ssh: image.ssh,
    network: image.network,
    extraHosts: image.extraHosts,
    ...(image.provenance === undefined ? {} : { provenance: image.provenance }),
    ...(image.sbom === undefined ? {} : { sbom: image.sbom }),
  };
}
