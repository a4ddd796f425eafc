import type { ImageConfig, PlatformConfig, VariantConfig } from '../config/config.ts';
import { formatPlatform } from '../oci/platform.ts';
import { annotationsOf } from './annotation-level.ts';
import type { Recipe } from './cell.ts';
import type { EventFacts } from './event-facts.ts';
import type { Facts } from './facts.ts';
import { locateContexts } from './locate-contexts.ts';
import { pathBelow } from './path-below.ts';
import type { CellDraft } from './qualify-builders.ts';
import type { ReleaseTags } from './release-tags.ts';

/** What cells depend on before it is chosen where they are built. */
export type MatrixFacts = Pick<Facts, 'root' | 'preparedContexts' | 'tags' | 'event'>;

/** The cells of one image, variants before platforms, in the order of the config; where each is built is not chosen yet. */
export function expandMatrix(image: ImageConfig, facts: MatrixFacts): readonly CellDraft[] {
  return image.variants.flatMap((variant) =>
    image.platforms
      .filter(({ platform }) => variant.platforms?.includes(formatPlatform(platform)) ?? true)
      .map((platform) => draftOf(image, variant, { platform, facts })),
  );
}

/** `image[/variant]` */
export function releaseId(image: string, variant: string): string {
  return variant === '' ? image : `${image}/${variant}`;
}

interface Coordinates {
  readonly platform: PlatformConfig;
  readonly facts: MatrixFacts;
}

function draftOf(image: ImageConfig, variant: VariantConfig, { platform, facts }: Coordinates): CellDraft {
  const name = formatPlatform(platform.platform);
  const cell = {
    id: `${releaseId(image.name, variant.name)}/${name}`,
    image: image.name,
    variant: variant.name,
    platform: name,
    optional: platform.optional,
    ...(platform.carryForwardDays === undefined ? {} : { carryForwardDays: platform.carryForwardDays }),
    limits: {
      retryCount: image.retryCount,
      ...(image.timeoutMs === undefined ? {} : { timeoutMs: image.timeoutMs }),
    },
    recipe: recipeOf(image, variant, { platform, facts }),
  };
  return { cell, emulation: platform.emulation };
}

function recipeOf(image: ImageConfig, variant: VariantConfig, { platform, facts }: Coordinates): Recipe {
  const target = variant.target;
  return {
    context: facts.preparedContexts[image.name] ?? pathBelow(facts.root, variant.context ?? image.context),
    dockerfile: pathBelow(facts.root, variant.dockerfile ?? image.dockerfile),
    contextIgnore: ['.polyarch'],
    ...(target === undefined ? {} : { target }),
    args: { ...variant.args, ...platform.args },
    contexts: locateContexts(image.contexts, facts.root),
    ...labelsOf(image, facts.tags?.[releaseId(image.name, variant.name)], facts.event),
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

/** The labels of the event, and those that the user wrote, which go before them. */
function labelsOf(
  image: ImageConfig,
  tags: ReleaseTags | undefined,
  { ref }: EventFacts,
): Pick<Recipe, 'labels' | 'eventLabels'> {
  if (tags === undefined) return { labels: image.labels };
  const passing = ['revision', 'created', ...(ref.startsWith('refs/tags/') ? [] : ['version'])]
    .map((name) => `org.opencontainers.image.${name}`)
    .filter((name) => name in tags.labels && !(name in image.labels));
  return {
    labels: { ...tags.labels, ...image.labels },
    ...(passing.length === 0 ? {} : { eventLabels: passing }),
  };
}
