import { CacheRecords } from '../engine/embedded/cache-records.ts';
import type { Host } from '../host/host.ts';
import { cacheDirectory } from '../host/user-directories.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { isDigest } from '../oci/digest.ts';
import type { Cell } from '../plan/cell.ts';
import type { PlannedRelease } from '../plan/plan.ts';
import type { ContentStore } from '../store/content-store.ts';
import { allRules } from '../verify/all-rules.ts';
import type { Finding } from '../verify/finding.ts';
import { type LayerFacts, layerFactsVersion } from '../verify/layer-facts.ts';
import { hasErrors, verifyImage } from '../verify/verify-image.ts';
import { type KeptReadings, readImageFacts } from './read-image-facts.ts';
import type { LayerReading } from './read-layer-facts.ts';

export interface Proof {
  readonly findings: readonly Finding[];
  /** The names of the rules that were applied. */
  readonly checks: readonly string[];
  /** No finding is an error. */
  readonly isProved: boolean;
}

export interface ProofSubject {
  readonly release: PlannedRelease;
  readonly cells: readonly Cell[];
  readonly index: Descriptor;
}

/** Reads a merged release back from the store and applies every rule to it. Layers that were read before are not read again. */
export async function proveRelease(
  { release, cells, index }: ProofSubject,
  { host, store }: { readonly host: Host; readonly store: ContentStore },
): Promise<Proof> {
  const id = `prove/${release.id}`;
  host.emit({ kind: 'task-started', id, title: `prove ${release.id}` });
  let layerCount = 0;
  const facts = await readImageFacts(store, index, {
    kept: keptReadings(host),
    onLayer: () => {
      layerCount += 1;
    },
  });
  const findings = verifyImage(facts, {
    platforms: cells.filter(({ optional }) => !optional).map(({ platform }) => platform),
    optionalPlatforms: cells.filter(({ optional }) => optional).map(({ platform }) => platform),
    allowForeign: release.allowForeign,
  });
  const isProved = !hasErrors(findings);
  host.emit({ kind: 'task-ended', id, outcome: isProved ? (layerCount === 0 ? 'cached' : 'done') : 'failed' });
  return { findings, checks: allRules.map(({ name }) => name), isProved };
}

/** Readings of layers in the build cache, by the digest of the layer and the version of what is collected. */
function keptReadings(host: Host): KeptReadings {
  const records = new CacheRecords({ root: cacheDirectory(host), now: () => host.clock.now() });
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
