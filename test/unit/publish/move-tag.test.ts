import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseReference } from '../../../src/oci/reference.ts';
import type { OrderEvidence } from '../../../src/plan/order-evidence.ts';
import { confirmStaged } from '../../../src/publish/confirm-staged.ts';
import { moveTag } from '../../../src/publish/move-tag.ts';
import { PublishJournal } from '../../../src/publish/publish-journal.ts';
import { removeTag } from '../../../src/publish/remove-tag.ts';
import { TagReader } from '../../../src/publish/tag-holder.ts';
import { openRegistry } from '../../../src/registry/registry-client.ts';
import { readBytes } from '../../../src/store/collect-content.ts';
import { openLocation } from '../../../src/store/open-location.ts';
import { fakeHost } from '../../support/fake-host.ts';
import { place, sampleImage } from '../../support/sample-image.ts';
import { sampleRelease } from '../../support/sample-release.ts';
import { SmallRegistry } from '../../support/small-registry.ts';

const [mine, theirs] = [sampleImage(100, 'mine'), sampleImage(100, 'theirs')];
const index = mine.index.descriptor;

describe('one tag', () => {
  let registry: SmallRegistry;
  const host = fakeHost();
  beforeEach(async () => {
    registry = await SmallRegistry.start();
    place(registry.repository('acme/app'), mine, 'mine');
    place(registry.repository('acme/app'), theirs, 'theirs');
  });
  afterEach(() => registry.stop());

  function open() {
    const reference = parseReference(`${registry.host}/acme/app`);
    return openLocation({ kind: 'registry', reference }, { host, mode: 'write' });
  }

  async function move(order: OrderEvidence = {}) {
    const store = await open();
    const wanted = { tag: 'latest', to: index };
    const repository = `${registry.host}/acme/app`;
    const target = { release: 'app', repository, required: true, index, order, moves: [wanted] };
    const record = { version: 1, kind: 'polyarch/publish', runId: 'run', state: 'moving', places: [target] } as const;
    const journal = new PublishJournal(record, { host });
    return moveTag({ place: target, store, reader: new TagReader(store) }, wanted, {
      host,
      journal,
      allowDowngrade: [],
    });
  }

  function tags(): Map<string, string> {
    return registry.repository('acme/app').tags;
  }

  test('is left to another that nothing tells from this one, and that is told', async () => {
    registry.afterPut = () => tags().set('latest', theirs.index.descriptor.digest);

    await expect(move()).rejects.toMatchObject({ code: 'TAG_LOST', where: { reference: 'latest' } });
    expect(tags().get('latest')).toBe(theirs.index.descriptor.digest);
  });

  test('is given up where others keep moving it between the look and the write', async () => {
    registry.options = { honoursConditions: true };
    const older = [await storeIndex({ version: '0.1.0' }), await storeIndex({ version: '0.2.0' })];
    let count = 0;
    registry.beforePut = () => {
      count += 1;
      tags().set('latest', older[count % 2] ?? '');
    };

    await expect(move({ version: '1.0.0' })).rejects.toMatchObject({ code: 'TAG_CONTENDED' });
    expect(count).toBe(10);
  });

  /** An index with an order, put there without asking anybody. */
  async function storeIndex(order: OrderEvidence): Promise<string> {
    const { release, source } = await sampleRelease(order, []);
    const bytes = Buffer.from(await readBytes(source, release.index));
    const { digest, mediaType } = release.index;
    registry.repository('acme/app').manifests.set(digest, { bytes, mediaType });
    return digest;
  }

  test('waits for a registry that shows it later', async () => {
    const known = new Map(tags());
    let asked = 0;
    tags().get = (tag) => {
      asked += tag === 'latest' ? 1 : 0;
      return tag === 'latest' && asked > 1 && asked < 5 ? undefined : known.get(tag);
    };

    registry.afterPut = () => known.set('latest', index.digest);

    expect(await move()).toMatchObject({ state: 'new', to: index.digest });
  });

  test('that is new is taken away where a registry deletes by digest alone, and its image stays', async () => {
    const repository = openRegistry({ host, registry: registry.host }).repository('acme/app');

    await removeTag(repository, 'mine', { host, expected: index });

    expect([...tags().keys()]).toEqual(['theirs']);
    expect(registry.repository('acme/app').manifests.has(index.digest)).toBe(true);
  });

  test('that another has taken meanwhile is not taken away', async () => {
    const repository = openRegistry({ host, registry: registry.host }).repository('acme/app');

    await removeTag(repository, 'theirs', { host, expected: index });

    expect(tags().has('theirs')).toBe(true);
  });

  test('of a registry that deletes nothing stays as it was, and that is told', async () => {
    registry.options = { deletes: false };
    const repository = openRegistry({ host, registry: registry.host }).repository('acme/app');

    await expect(removeTag(repository, 'mine', { host, expected: index })).rejects.toMatchObject({ code: 'TAG_LEFT' });
    expect(tags().get('mine')).toBe(index.digest);
  });

  test('is only moved to what is whole: a layer that is not given back is waited for, then told', async () => {
    const store = await open();
    await confirmStaged(index, store, { host });
    registry.repository('acme/app').blobs.delete(mine.layer.descriptor.digest);

    await expect(confirmStaged(index, store, { host })).rejects.toMatchObject({
      code: 'STAGED_INCOMPLETE',
      message: expect.stringContaining(mine.layer.descriptor.digest),
    });
  });
});
