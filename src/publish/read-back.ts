import type { Host } from '../host/host.ts';
import type { Digest } from '../oci/digest.ts';
import type { ImageStore } from '../store/content-store.ts';
import { RegistryStore } from '../store/registry-store.ts';

/** Registries of several machines show a moved tag a little later. */
const waitsMs = [50, 250, 500, 1000, 2000];

export interface ReadBackOptions {
  readonly host: Host;
  /** What the tag was moved to. */
  readonly to: Digest;
  /** What it pointed at before; absent where it was new. */
  readonly from: Digest | undefined;
}

/** What a tag points at after it was moved; as long as that is what it pointed at before, four seconds at most, it is waited for. */
export async function readBackTag(
  store: ImageStore,
  tag: string,
  { host, to, from }: ReadBackOptions,
): Promise<Digest | undefined> {
  for (let tries = 0; ; tries += 1) {
    const found = (await store.resolve(tag))?.digest;
    const waitMs = waitsMs[tries];
    if (found === to || (found !== undefined && found !== from) || waitMs === undefined) return found;
    await host.clock.sleep(waitMs, host.signal);
  }
}

/** Whether another writer that looked at a tag before it was moved may still overwrite it, without being told. */
export async function isContestable(store: ImageStore, stored: Digest): Promise<boolean> {
  return store instanceof RegistryStore && !(await store.repository.honoursConditions(stored));
}
