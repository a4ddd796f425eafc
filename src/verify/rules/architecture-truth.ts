import { binaryFits, platformsOfBinary } from '../../binary/binary-fits.ts';
import { platformOf } from '../../oci/image-config.ts';
import { isLayerType } from '../../oci/media-types.ts';
import { formatPlatform, normalizePlatform, type Platform, parsePlatform } from '../../oci/platform.ts';
import { type EffectiveBinary, effectiveBinaries, type TreeLayer } from '../effective-tree.ts';
import type { Finding } from '../finding.ts';
import { type EntryFacts, type ImageFacts, imageEntries } from '../image-facts.ts';
import { matchesGlob } from '../path-glob.ts';
import type { AllowedForeign, Rule, VerifyOptions } from '../rule.ts';

/** More findings of one image say nothing new; the rest is counted. */
const mostFindings = 20;

/**
 * Every executable and shared object that a container of the image sees is for the platform the image is labelled
 * with, judged by its bytes. Nothing is run: a machine with emulators runs foreign programs without a word.
 */
export const architectureTruth: Rule = {
  name: 'architecture-truth',
  meaning: 'Every executable and shared object is for the platform of its image',
  check,
};

function check(facts: ImageFacts, options: VerifyOptions): readonly Finding[] {
  const known = new Map<string, readonly EffectiveBinary[]>();
  return imageEntries(facts).flatMap((entry) => checkEntry(entry, options, known));
}

/** Images of equal layers, which only differ in their platform, are unpacked once. */
function binariesOf(entry: EntryFacts, known: Map<string, readonly EffectiveBinary[]>): readonly EffectiveBinary[] {
  const layers = treeOf(entry);
  const key = layers.map(({ digest }) => digest).join(' ');
  const binaries = known.get(key) ?? effectiveBinaries(layers);
  known.set(key, binaries);
  return binaries;
}

function checkEntry(
  entry: EntryFacts,
  options: VerifyOptions,
  known: Map<string, readonly EffectiveBinary[]>,
): readonly Finding[] {
  const platform = platformOfEntry(entry);
  if (platform === undefined) return [];
  const name = formatPlatform(platform);
  const allowed = (options.allowForeign ?? []).map(asAllowed).filter((each) => isFor(each, name));
  const findings = binariesOf(entry, known)
    .filter(({ path }) => !allowed.some((each) => matchesGlob(`/${path}`, each.path)))
    .flatMap((found) => judge(found, platform));
  return [...unread(entry, name), ...shorten(findings, name)];
}

function judge({ path, binary, layer }: EffectiveBinary, platform: Platform): readonly Finding[] {
  const result = binaryFits(platform, binary);
  if (result.fit === 'fits') return [];
  const name = formatPlatform(platform);
  const isFor = [...new Set(platformsOfBinary(binary).map(formatPlatform))].join(', ');
  return [
    {
      rule: 'architecture-truth',
      level: result.fit === 'foreign' ? 'error' : 'warning',
      message: `/${path} in ${name} is ${result.found}, expected ${result.expected} (layer ${layer})`,
      platform: name,
      layer,
      path: `/${path}`,
      found: result.found,
      expected: result.expected,
      hint: `${isFor === '' ? '' : `It is for ${isFor}. `}Put the file for ${name} there, or add "/${path}" to verify.allowForeign where it belongs`,
    },
  ];
}

/** A layer that was not looked into proves nothing, and that is said. */
function unread(entry: EntryFacts, platform: string): readonly Finding[] {
  return entry.layers
    .filter(
      ({ descriptor, facts, measured }) =>
        isLayerType(descriptor.mediaType) && measured !== undefined && facts === undefined,
    )
    .map(({ descriptor }) => ({
      rule: 'architecture-truth' as const,
      level: 'warning' as const,
      message: `The layer ${descriptor.digest} of ${platform} was not looked into`,
      platform,
      layer: descriptor.digest,
    }));
}

function shorten(findings: readonly Finding[], platform: string): readonly Finding[] {
  if (findings.length <= mostFindings) return findings;
  const errors = findings.filter(({ level }) => level === 'error');
  const shown = [...errors, ...findings.filter(({ level }) => level === 'warning')].slice(0, mostFindings);
  const level = errors.length > mostFindings ? 'error' : 'warning';
  const message = `${findings.length - mostFindings} more files in ${platform} are for another machine`;
  return [...shown, { rule: 'architecture-truth', level, message, platform }];
}

function treeOf(entry: EntryFacts): readonly TreeLayer[] {
  return entry.layers.flatMap(({ descriptor, facts }) =>
    facts === undefined ? [] : [{ digest: descriptor.digest, facts }],
  );
}

function platformOfEntry(entry: EntryFacts): Platform | undefined {
  const { platform } = entry.descriptor;
  if (platform !== undefined) return normalizePlatform(platform);
  return entry.imageConfig === undefined ? undefined : platformOf(entry.imageConfig);
}

function asAllowed(each: string | AllowedForeign): AllowedForeign {
  return typeof each === 'string' ? { path: each } : each;
}

function isFor(allowed: AllowedForeign, platform: string): boolean {
  return allowed.platform === undefined || formatPlatform(parsePlatform(allowed.platform)) === platform;
}
