import { join } from 'node:path/posix';
import type { Platform } from '../oci/platform.ts';
import { formatReference, parseReference } from '../oci/reference.ts';
import { applyCompression } from './apply-compression.ts';
import { applyArgs, applyMaps } from './apply-pairs.ts';
import { applyPlatforms } from './apply-platforms.ts';
import type { Config, ImageConfig } from './config.ts';
import { type FlagFolders, flagFault, relocate } from './flag-value.ts';
import type { Overrides } from './overrides.ts';
import { parseOutput } from './parse-output.ts';
import { parseSecret } from './parse-secret.ts';
import { plainNamePattern } from './plain-name.ts';
import { definedOf } from './resolve-value.ts';
import { selectImages } from './select-images.ts';

export interface FlagSurroundings extends FlagFolders {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What `local` and `linux/$(uname -m)` mean. */
  readonly hostPlatform?: Platform;
}

/** A config as the flags want it, and what they want done with the result. */
export interface AppliedFlags {
  readonly config: Config;
  readonly push: boolean;
  /** Into the local Docker Engine. */
  readonly load: boolean;
}

/**
 * Lays flags over a config: they win over the image, its variants and its platforms alike. Maps are joined key by
 * key; lists take the place of the config's. Paths of flags become relative to the config's folder.
 *
 * @throws {Fault} FLAG_MALFORMED, SELECTION_UNKNOWN, PLATFORM_MALFORMED, REFERENCE_MALFORMED, OUTPUT_MALFORMED, SECRET_MALFORMED
 */
export function applyFlags(config: Config, overrides: Overrides, surroundings: FlagSurroundings): AppliedFlags {
  const outputs = (overrides.outputs ?? []).map(parseOutput);
  const images = selectImages(config.images, overrides).map((image) => applyToImage(image, overrides, surroundings));
  return {
    config: { ...config, images: renameOnly(images, overrides.name) },
    push: overrides.push === true || outputs.some(({ kind }) => kind === 'push'),
    load: overrides.load === true || outputs.some(({ kind }) => kind === 'load'),
  };
}

function applyToImage(image: ImageConfig, overrides: Overrides, surroundings: FlagSurroundings): ImageConfig {
  const placed = applyPlaces(image, overrides, surroundings);
  const platformed = applyPlatforms(placed, overrides.platforms, surroundings.hostPlatform);
  const argued = applyArgs(platformed, overrides.args ?? [], surroundings.env);
  const mapped = applyMaps(argued, overrides, surroundings);
  return applyRest(mapped, overrides, surroundings);
}

/** A Dockerfile, context or target that a flag names is that of all variants. */
function applyPlaces(image: ImageConfig, overrides: Overrides, folders: FlagFolders): ImageConfig {
  const { target } = overrides;
  const context = overrides.context === undefined ? undefined : relocate(overrides.context, folders);
  const dockerfile = overrides.file === undefined ? usualDockerfile(image, context) : relocate(overrides.file, folders);
  const variants = image.variants.map(({ context: ownContext, dockerfile: ownDockerfile, ...variant }) => ({
    ...variant,
    ...(context === undefined ? definedOf({ context: ownContext }) : {}),
    ...(dockerfile === undefined ? definedOf({ dockerfile: ownDockerfile }) : {}),
    ...definedOf({ target }),
  }));
  return { ...image, variants, ...definedOf({ context, dockerfile }) };
}

/** A Dockerfile that lies in the context by default moves with it. */
function usualDockerfile(image: ImageConfig, context: string | undefined): string | undefined {
  if (context === undefined || image.dockerfile !== join(image.context, 'Dockerfile')) return undefined;
  return join(context, 'Dockerfile');
}

function applyRest(image: ImageConfig, overrides: Overrides, folders: FlagFolders): ImageConfig {
  const { tags = [], outputs = [], ssh, noCache, pull } = overrides;
  const disks = outputs.map(parseOutput).flatMap((read) => (read.kind === 'disk' ? [read.output] : []));
  return {
    ...image,
    compression: applyCompression(image.compression, overrides),
    secrets: joinSecrets(image.secrets, overrides.secrets ?? [], folders),
    ...(tags.length === 0 ? {} : { references: tags.map(readTag) }),
    ...(outputs.length === 0
      ? {}
      : { outputs: disks.map(({ kind, path }) => ({ kind, path: relocate(path, folders) })) }),
    ...definedOf({ ssh, noCache, pull, network: readNetwork(overrides.network) }),
  };
}

/** A secret of a flag takes the place of the config's with the same id. */
function joinSecrets(
  own: ImageConfig['secrets'],
  written: readonly string[],
  folders: FlagFolders,
): ImageConfig['secrets'] {
  const added = written.map(parseSecret).map((secret) => ({
    ...secret,
    ...(secret.file === undefined ? {} : { file: relocate(secret.file, folders) }),
  }));
  return [...own.filter(({ id }) => added.every((secret) => secret.id !== id)), ...added];
}

function readTag(text: string): string {
  const { digest, ...reference } = parseReference(text);
  if (digest !== undefined) throw flagFault('--tag', text, 'it has a digest, which a build cannot choose');
  return formatReference(reference);
}

function readNetwork(text: string | undefined): ImageConfig['network'] | undefined {
  if (text === undefined || text === 'default' || text === 'none' || text === 'host') return text;
  throw flagFault('--network', text, 'expected default, none or host');
}

function renameOnly(images: readonly ImageConfig[], name: string | undefined): readonly ImageConfig[] {
  if (name === undefined) return images;
  if (!plainNamePattern.test(name))
    throw flagFault('--name', name, 'expected lower-case letters, digits, ".", "_" and "-"');
  if (images.length !== 1)
    throw flagFault('--name', name, `${images.length} images cannot have one name; choose with --image`);
  return images.map((image) => ({ ...image, name }));
}
