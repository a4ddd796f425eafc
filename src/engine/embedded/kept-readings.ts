import type { Descriptor } from '../../oci/descriptor.ts';
import { isDigest } from '../../oci/digest.ts';
import type { KeptReadings, LayerReading } from '../../store/read-layer-facts.ts';
import { type LayerFacts, layerFactsVersion } from '../../verify/layer-facts.ts';
import type { CacheRecords } from './cache-records.ts';

/** Readings in the build cache, by the digest of the layer and the version of what is collected. */
export function keptReadings(records: CacheRecords): KeptReadings {
  return {
    read: (layer) => decodeReading(records.read('layer-facts', keyOf(layer))),
    write: (layer, reading) => records.write('layer-facts', keyOf(layer), reading),
  };
}

function keyOf({ digest }: Descriptor): string {
  return `${layerFactsVersion} ${digest}`;
}

function decodeReading(value: unknown): LayerReading | undefined {
  if (typeof value !== 'object' || value === null || !('diffId' in value) || !('facts' in value)) return undefined;
  const { diffId, facts } = value;
  if (typeof diffId !== 'string' || !isDigest(diffId) || !isLayerFacts(facts)) return undefined;
  return { diffId, facts };
}

/** The record carries its own checksum and version: what it holds is what was written. */
function isLayerFacts(facts: unknown): facts is LayerFacts {
  return Array.isArray(facts);
}
