import type { Finding } from '../finding.ts';
import {
  type EntryFacts,
  entryPlatform,
  type ImageFacts,
  type LayerContent,
  type MeasuredContent,
} from '../image-facts.ts';
import type { Rule } from '../rule.ts';

/** Content that does not hash to its name was damaged or replaced. */
export const digestsMatch: Rule = {
  name: 'digests-match',
  meaning: 'All content has the digest and the size that it is named by, and layers unpack to their diff ids',
  check,
};

function check(facts: ImageFacts): readonly Finding[] {
  return [
    ...compare('The root', facts.root),
    ...facts.entries.flatMap((entry) => {
      const platform = entryPlatform(entry);
      return [
        ...compare('The manifest', entry, platform),
        ...(entry.config === undefined ? [] : compare('The config', entry.config, platform)),
        ...entry.layers.flatMap((layer) => inLayer(layer, compare('The layer', layer, platform))),
        ...compareDiffIds(entry, platform),
      ];
    }),
  ];
}

function compare(what: string, content: MeasuredContent, platform?: string): readonly Finding[] {
  const { descriptor, measured } = content;
  if (measured === undefined) return [];
  const of = platform === undefined ? '' : ` of ${platform}`;
  if (measured.digest !== descriptor.digest) {
    return [
      finding(`${what}${of} hashes to ${measured.digest}, expected ${descriptor.digest}`, platform, {
        found: measured.digest,
        expected: descriptor.digest,
      }),
    ];
  }
  if (measured.size === descriptor.size) return [];
  return [
    finding(`${what} ${descriptor.digest}${of} has ${measured.size} bytes, expected ${descriptor.size}`, platform, {
      found: String(measured.size),
      expected: String(descriptor.size),
    }),
  ];
}

function compareDiffIds(entry: EntryFacts, platform: string): readonly Finding[] {
  const diffIds = entry.imageConfig?.rootfs.diff_ids ?? [];
  return entry.layers.flatMap((layer, number) => {
    const expected = diffIds[number];
    if (layer.diffId === undefined || expected === undefined || layer.diffId === expected) return [];
    const message = `The layer ${layer.descriptor.digest} of ${platform} unpacks to ${layer.diffId}, expected ${expected}`;
    return inLayer(layer, [finding(message, platform, { found: layer.diffId, expected })]);
  });
}

function inLayer(layer: LayerContent, findings: readonly Finding[]): readonly Finding[] {
  return findings.map((each) => ({ ...each, layer: layer.descriptor.digest }));
}

function finding(
  message: string,
  platform: string | undefined,
  values: { readonly found: string; readonly expected: string },
): Finding {
  return {
    rule: 'digests-match',
    level: 'error',
    message,
    ...(platform === undefined ? {} : { platform }),
    ...values,
    hint: 'The content was damaged or replaced; fetch or build it again',
  };
}
