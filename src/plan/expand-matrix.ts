import { join } from 'node:path/posix';
import type { ImageConfig, PlatformConfig, VariantConfig } from '../config/config.ts';
import { formatPlatform } from '../oci/platform.ts';
import type { Cell, Recipe, Route } from './cell.ts';
import { annotationsOf } from './annotation-level.ts';
import { type DockerfileFacts, dockerfileKey, type Facts } from './facts.ts';

/** The cells of one image, variants before platforms, in the order of the config. */
export function expandMatrix(image: ImageConfig, facts: Facts): readonly Cell[] {
  return image.variants.flatMap((variant) =>
    image.platforms
      .filter(({ platform }) => variant.platforms?.includes(formatPlatform(platform)) ?? true)
      .map((platform) => cellOf(image, variant, { platform, facts })),
  );
}

/** `image[/variant]` */
export function releaseId(image: string, variant: string): string {
  return variant === '' ? image : `${image}/${variant}`;
}

interface Coordinates {
  readonly platform: PlatformConfig;
  readonly facts: Facts;
}

function cellOf(image: ImageConfig, variant: VariantConfig, { platform, facts }: Coordinates): Cell {
  const name = formatPlatform(platform.platform);
  const recipe = recipeOf(image, variant, { platform, facts });
  return {
    id: `${releaseId(image.name, variant.name)}/${name}`,
    image: image.name,
    variant: variant.name,
    platform: name,
    optional: platform.optional,
    builder: facts.engine.name,
    route: chooseRoute(facts.dockerfiles[dockerfileKey(recipe.dockerfile, recipe.target)]),
    recipe,
  };
}

function recipeOf(image: ImageConfig, variant: VariantConfig, { platform, facts }: Coordinates): Recipe {
  const target = variant.target;
  return {
    context: facts.preparedContexts[image.name] ?? join(facts.root, variant.context ?? image.context),
    dockerfile: join(facts.root, variant.dockerfile ?? image.dockerfile),
    contextIgnore: ['.polyarch'],
    ...(target === undefined ? {} : { target }),
    args: { ...variant.args, ...platform.args },
    contexts: image.contexts,
    labels: image.labels,
    annotations: annotationsOf(image.annotations, 'manifest', formatPlatform(platform.platform)),
    compression: image.compression,
    noCache: image.noCache,
    pull: image.pull,
    secrets: image.secrets,
    ssh: image.ssh,
  };
}

/** The route of the embedded engine: it runs nothing, so a Dockerfile without RUN is assembled. */
function chooseRoute(dockerfile: DockerfileFacts | undefined): Route {
  if (dockerfile === undefined) return { kind: 'assembled', reason: 'The Dockerfile could not be read before the build' };
  const { targetRunLines, pinnedRunLines } = dockerfile;
  if (targetRunLines.length > 0)
    return { kind: 'native', reason: `Line ${targetRunLines[0] ?? 0} runs a command in a stage of the target platform` };
  if (pinnedRunLines.length > 0)
    return { kind: 'cross', reason: `Line ${pinnedRunLines[0] ?? 0} runs a command, on the build platform alone` };
  return { kind: 'assembled', reason: 'No stage that the target needs runs a command' };
}
