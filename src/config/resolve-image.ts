import { join } from 'node:path/posix';
import { formatPlatform, type Platform } from '../oci/platform.ts';
import type { CompressionConfig, ImageConfig, OutputConfig, PlatformConfig, SecretConfig } from './config.ts';
import { parseDuration } from './duration.ts';
import { parseOutput } from './parse-output.ts';
import { parseSecret } from './parse-secret.ts';
import { readPlatform } from './read-platform.ts';
import { resolveRepository } from './resolve-repository.ts';
import { resolveTest } from './resolve-test.ts';
import { definedOf, linesOf, textsOf } from './resolve-value.ts';
import { resolveVariants } from './resolve-variants.ts';
import type { WrittenImage } from './written-config.ts';

const usualPlatforms = ['linux/amd64', 'linux/arm64'];
const dayMs = 86_400_000;

export interface ImageSource {
  /** What stands at the root beside `images`. */
  readonly shared: WrittenImage;
  readonly own: WrittenImage;
  /** What the user called it. */
  readonly name: string | undefined;
}

export interface ImageSurroundings {
  readonly folderName: string;
  readonly hostPlatform?: Platform;
}

/** One image, every default filled in. */
export function resolveImage({ shared, own, name }: ImageSource, surroundings: ImageSurroundings): ImageConfig {
  const written = joinImages(shared, own);
  const repositories = (written.repositories ?? []).map(resolveRepository);
  const context = written.context ?? '.';
  return {
    name: name ?? lastPart(repositories[0]?.name) ?? plainNameOf(surroundings.folderName),
    repositories,
    context,
    dockerfile: written.dockerfile ?? join(context, 'Dockerfile'),
    platforms: resolvePlatforms(written, surroundings.hostPlatform),
    variants: resolveVariants(written, surroundings.hostPlatform),
    tests: (written.tests ?? []).map((test) => resolveTest(test, surroundings.hostPlatform)),
    ...resolveInputs(written),
    ...resolveResult(written),
  };
}

function joinImages(shared: WrittenImage, own: WrittenImage): WrittenImage {
  const maps = ['args', 'contexts', 'labels', 'annotations', 'extraHosts'] as const;
  const joined = maps.map((name) => [name, { ...shared[name], ...own[name] }] as const);
  return { ...shared, ...own, ...Object.fromEntries(joined) };
}

function resolveInputs(written: WrittenImage) {
  const { timeout } = written;
  return {
    contexts: written.contexts ?? {},
    secrets: (written.secrets ?? []).map(resolveSecret),
    ssh: written.ssh ?? [],
    network: written.network ?? 'default',
    extraHosts: written.extraHosts ?? {},
    noCache: written.noCache ?? false,
    pull: written.pull ?? false,
    ...resolveCache(written.cache),
    retryCount: written.retries ?? 3,
    ...definedOf({
      prepare: written.prepare,
      timeoutMs: timeout === undefined ? undefined : parseDuration(timeout),
    }),
  } as const;
}

function resolveResult(written: WrittenImage) {
  return {
    labels: textsOf(written.labels),
    annotations: textsOf(written.annotations),
    tags: linesOf(written.tags),
    references: [],
    flavor: linesOf(written.flavor),
    architectureTags: written.architectureTags ?? false,
    immutable: written.immutable ?? [],
    strict: written.strict ?? false,
    compression: resolveCompression(written.compression),
    outputs: resolveOutputs(written.output),
    allowForeign: written.verify?.allowForeign ?? [],
    ...definedOf({ provenance: attestationOf(written.provenance), sbom: attestationOf(written.sbom) }),
  };
}

/** As written, the ones that are the same on this machine once. */
function resolvePlatforms(written: WrittenImage, host: Platform | undefined): readonly PlatformConfig[] {
  const entries = (written.platforms ?? usualPlatforms).map((entry) => {
    const settings = typeof entry === 'string' ? { platform: entry } : entry;
    return {
      platform: readPlatform(settings.platform, host),
      optional: settings.optional ?? false,
      args: textsOf(settings.args),
      emulation: settings.emulation ?? written.emulation ?? 'warn',
      ...definedOf({
        carryForwardDays:
          settings.carryForward === undefined ? undefined : parseDuration(settings.carryForward) / dayMs,
      }),
    };
  });
  return [...new Map(entries.map((entry) => [formatPlatform(entry.platform), entry])).values()];
}

function resolveSecret(written: NonNullable<WrittenImage['secrets']>[number]): SecretConfig {
  return typeof written === 'string' ? parseSecret(written) : written;
}

function resolveCache(written: WrittenImage['cache']): Pick<ImageConfig, 'cache' | 'cacheOptions'> {
  if (typeof written !== 'object') return { cache: written ?? 'none', cacheOptions: {} };
  return { cache: written.type ?? 'none', cacheOptions: textsOf(written.options) };
}

function resolveCompression(written: WrittenImage['compression']): CompressionConfig {
  if (typeof written !== 'object') return { type: written ?? 'gzip', reproducible: false };
  const { type = 'gzip', level, reproducible = false } = written;
  return { type, reproducible, ...definedOf({ level }) };
}

function resolveOutputs(written: WrittenImage['output']): readonly OutputConfig[] {
  const texts = typeof written === 'string' ? [written] : (written ?? []);
  return texts.map(parseOutput).flatMap((read) => (read.kind === 'disk' ? [read.output] : []));
}

/** BuildKit reads `true` and `false` as texts. */
function attestationOf(written: boolean | string | undefined): string | undefined {
  return written === undefined ? undefined : String(written);
}

function lastPart(repository: string | undefined): string | undefined {
  return repository?.split('/').at(-1);
}

/** A folder may have any name; that of an image stands in tags and file names. */
function plainNameOf(folderName: string): string {
  const plain = folderName
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return plain === '' ? 'image' : plain;
}
