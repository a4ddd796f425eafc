import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseReference } from '../../../src/oci/reference.ts';
import { confirmStaged } from '../../../src/publish/confirm-staged.ts';
import { readBytes } from '../../../src/store/collect-content.ts';
import { openLocation } from '../../../src/store/open-location.ts';
import { fakeHost } from '../../support/fake-host.ts';
import { place, sampleImage } from '../../support/sample-image.ts';
import { SmallRegistry } from '../../support/small-registry.ts';

const { index, manifest, config, layer } = sampleImage(300);
const contents = [index, manifest, config, layer].map(({ descriptor }) => descriptor);

describe('what a repository gave a moment ago', () => {
  let registry: SmallRegistry;
  beforeEach(async () => {
    registry = await SmallRegistry.start();
    place(registry.repository('acme/app'), sampleImage(300), '1');
  });
  afterEach(() => registry.stop());

  const host = fakeHost();
  function open(anonymous = false) {
    const reference = parseReference(`${registry.host}/acme/app`);
    return openLocation({ kind: 'registry', reference }, { host, mode: 'read', access: { anonymous } });
  }

  /** Reads an image as a merge does, lets time pass, confirms it; gives what was asked for by that. */
  async function asked(passedMs: number, confirmer = open) {
    const source = await open();
    for (const { descriptor } of [manifest, config]) await readBytes(source, descriptor);
    await host.clock.sleep(passedMs, host.signal);
    registry.requests.length = 0;
    await confirmStaged(index.descriptor, await confirmer(), { host, contents });
    return registry.requests.map(({ path }) => path.replace(/.*(manifests|blobs)/, '$1')).sort();
  }

  function named(...parts: readonly { readonly descriptor: { readonly digest: string } }[]) {
    return parts.map(({ descriptor }) => descriptor.digest);
  }

  test('is not read back again, all else is', async () => {
    const paths = await asked(0);

    expect(paths.map((path) => path.split('/')[1])).toEqual(named(layer, index));
  });

  test('is read back where time has passed, and by a stranger', async () => {
    expect(await asked(21_000)).toHaveLength(4);
    expect(await asked(0, () => open(true))).toHaveLength(4);
  });
});
