import { CacheRecords } from '../../engine/embedded/cache-records.ts';
import { keptReadings } from '../../engine/embedded/kept-readings.ts';
import type { Host } from '../../host/host.ts';
import { cacheDirectory } from '../../host/user-directories.ts';
import type { Descriptor } from '../../oci/descriptor.ts';
import type { Cell } from '../../plan/cell.ts';
import type { PlannedRelease } from '../../plan/plan.ts';
import type { ContentStore } from '../../store/content-store.ts';
import { allRules } from '../../verify/all-rules.ts';
import type { Finding } from '../../verify/finding.ts';
import { hasErrors, verifyImage } from '../../verify/verify-image.ts';
import { readImageFacts } from '../open/read-image-facts.ts';

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

/** Reads a merged release back from the store and applies every rule to it. A layer that was looked into while it was made, or by an earlier proof, is not read again. */
export async function proveRelease(
  { release, cells, index }: ProofSubject,
  { host, store }: { readonly host: Host; readonly store: ContentStore },
): Promise<Proof> {
  const id = `prove/${release.id}`;
  host.emit({ kind: 'task-started', id, title: `prove ${release.id}` });
  const facts = await readImageFacts(store, index, {
    kept: keptReadings(new CacheRecords({ root: cacheDirectory(host), now: () => host.clock.now() })),
  });
  const findings = verifyImage(facts, {
    platforms: cells.filter(({ optional }) => !optional).map(({ platform }) => platform),
    optionalPlatforms: cells.filter(({ optional }) => optional).map(({ platform }) => platform),
    allowForeign: release.allowForeign,
  });
  const isProved = !hasErrors(findings);
  host.emit({ kind: 'task-ended', id, outcome: isProved ? 'done' : 'failed' });
  return { findings, checks: allRules.map(({ name }) => name), isProved };
}
