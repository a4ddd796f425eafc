import { isLayerType, isNonDistributableType } from '../../oci/media-types.ts';
import type { Finding } from '../finding.ts';
import {
  type EntryFacts,
  entryPlatform,
  type ImageFacts,
  imageEntries,
  type LayerContent,
  type MeasuredContent,
} from '../image-facts.ts';
import type { Rule } from '../rule.ts';

/** An image whose index, manifest, config or a layer is not there cannot be pulled. */
export const layersPresent: Rule = {
  name: 'layers-present',
  meaning: 'Everything that the image names is there, with one diff id for each layer',
  check,
};

function check(facts: ImageFacts): readonly Finding[] {
  const images = new Set(imageEntries(facts));
  return [
    ...absent('The root', facts.root),
    ...facts.entries.flatMap((entry) => [
      ...absent('The manifest', entry, entryPlatform(entry)),
      ...(entry.config === undefined ? [] : absent('The config', entry.config, entryPlatform(entry))),
      ...entry.layers.flatMap((layer) => checkLayer(layer, entryPlatform(entry))),
      ...(images.has(entry) ? checkCount(entry) : []),
    ]),
  ];
}

function checkLayer(layer: LayerContent, platform: string): readonly Finding[] {
  if (isNonDistributableType(layer.descriptor.mediaType)) return [];
  return absent('The layer', layer, platform).map((finding) => ({ ...finding, layer: layer.descriptor.digest }));
}

function absent(what: string, content: MeasuredContent, platform?: string): readonly Finding[] {
  if (content.measured !== undefined) return [];
  return [
    {
      rule: 'layers-present',
      level: 'error',
      message: `${what} ${content.descriptor.digest}${platform === undefined ? '' : ` of ${platform}`} is missing`,
      ...(platform === undefined ? {} : { platform }),
      expected: content.descriptor.digest,
      hint: 'Copy or build the image again',
    },
  ];
}

function checkCount(entry: EntryFacts): readonly Finding[] {
  if (entry.imageConfig === undefined) return [];
  const platform = entryPlatform(entry);
  const layers = entry.layers.filter(({ descriptor }) => isLayerType(descriptor.mediaType)).length;
  const diffIds = entry.imageConfig.rootfs.diff_ids.length;
  if (layers === diffIds) return [];
  return [
    {
      rule: 'layers-present',
      level: 'error',
      message: `The manifest of ${platform} has ${layers} layers, its config ${diffIds} diff ids`,
      platform,
      found: String(layers),
      expected: String(diffIds),
      hint: 'Build the image again',
    },
  ];
}
