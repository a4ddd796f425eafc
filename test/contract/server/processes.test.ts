import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type ChildProgram, compileProgram } from '../../support/child-program.ts';
import { pushBlob, send, temporaryFolder, testRegistry, withQuery } from './probe.ts';
import { pullEveryTag } from './registry-graph.ts';
import { type Content, lastOf, randomBlob, sampleImage, sampleIndex } from './sample-content.ts';

const repository = 'team/app';

let program: ChildProgram;
beforeAll(() => {
  program = compileProgram('test/contract/server/registry-program.ts');
});
afterAll(() => program.remove());

const children: ChildProcess[] = [];
afterEach(() => children.splice(0).forEach((child) => child.kill('SIGKILL')));

interface ServedFolder {
  readonly url: string;
  readonly child: ChildProcess;
}

async function serve(folder: string): Promise<ServedFolder> {
  const child = program.start([folder]);
  children.push(child);
  const [chunk] = await once(child.stdout ?? child, 'data');
  return { url: String(chunk).trim(), child };
}

async function kill({ child }: ServedFolder): Promise<void> {
  const gone = once(child, 'close');
  child.kill('SIGKILL');
  await gone;
}

async function push(
  registry: { readonly url: string },
  content: Content,
  tag: string,
  onRequest = () => {},
): Promise<void> {
  for (const blob of content.blobs) {
    await pushBlob(registry, repository, blob);
    onRequest();
  }
  for (const { bytes, digest, descriptor } of content.manifests) {
    const query = digest === lastOf(content).digest ? `?tag=${tag}&tag=latest` : '';
    const headers = { 'Content-Type': descriptor.mediaType };
    await send(registry, 'PUT', `/v2/${repository}/manifests/${digest}${query}`, { headers, body: bytes });
    onRequest();
  }
}

interface Progress {
  requestCount: number;
  readonly confirmed: string[];
}

/** Pushes image after image until the registry is gone. */
async function pushUntilGone(registry: { readonly url: string }, name: string, progress: Progress): Promise<void> {
  for (let count = 0; ; count++) {
    try {
      const image = sampleIndex([sampleImage(), sampleImage()]);
      await push(registry, image, `${name}-${count}`, () => (progress.requestCount += 1));
      progress.confirmed.push(`${name}-${count}`);
    } catch {
      return;
    }
  }
}

describe('a registry that is killed', () => {
  test('serves only whole images afterwards, and every one that it had confirmed', async () => {
    const folder = temporaryFolder();
    const progress: Progress = { requestCount: 0, confirmed: [] };
    for (let round = 0; round < 6; round++) {
      const registry = await serve(folder);
      const pushing = ['a', 'b', 'c'].map((name) => pushUntilGone(registry, `${name}${round}`, progress));
      // In the middle of the work, at another place each time.
      const killAt = progress.requestCount + 17 + round * 7;
      while (progress.requestCount < killAt) await new Promise(setImmediate);
      await kill(registry);
      await Promise.all(pushing);

      const tags = await pullEveryTag(await testRegistry({ storage: folder }), repository);

      expect(tags).toEqual(expect.arrayContaining(progress.confirmed));
    }
    expect(progress.confirmed.length).toBeGreaterThan(0);
    await push(await testRegistry({ storage: folder }), sampleImage(), 'last');
    expect(readdirSync(join(folder, '.registry/temporary'))).toEqual([]);
    expect(readdirSync(join(folder, repository)).sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
  });

  test('goes on with an upload where its client was told that it ended', async () => {
    const folder = temporaryFolder();
    const { digest, bytes } = randomBlob(300_000);
    const first = await serve(folder);
    const target = (await send(first, 'POST', `/v2/${repository}/blobs/uploads/`)).header('location');
    const half = bytes.subarray(0, 150_000);
    await send(first, 'PATCH', target, { headers: { 'Content-Range': '0-149999' }, body: half });
    await kill(first);
    const second = await serve(folder);

    const state = await send(second, 'GET', target);
    const headers = { 'Content-Range': `150000-${bytes.byteLength - 1}` };
    const pushed = await send(second, 'PUT', withQuery(target, { digest }), { headers, body: bytes.subarray(150_000) });

    expect([state.status, state.header('range'), pushed.status]).toEqual([204, '0-149999', 201]);
  });
});

describe('registries that share a folder', () => {
  test('lose no tag, and mount, resume and delete what the other took in', async () => {
    const folder = temporaryFolder();
    const [one, two] = [await serve(folder), await serve(folder)];
    const { digest, bytes } = randomBlob(2000);

    await Promise.all(
      [one, two, one, two].map(async (registry, number) => {
        for (let count = 0; count < 4; count++)
          await push(registry, sampleImage({ layerCount: 1 }), `v${number}-${count}`);
      }),
    );
    const target = (await send(one, 'POST', `/v2/${repository}/blobs/uploads/`)).header('location');
    await send(one, 'PATCH', target, { body: bytes.subarray(0, 1000) });
    const pushed = await send(two, 'PUT', withQuery(target, { digest }), { body: bytes.subarray(1000) });
    const mounted = await send(one, 'POST', `/v2/team/other/blobs/uploads/?mount=${digest}&from=${repository}`);
    const deleted = await send(two, 'DELETE', `/v2/${repository}/manifests/latest`);

    expect([pushed.status, mounted.status, deleted.status]).toEqual([201, 201, 202]);
    expect(await pullEveryTag(one, repository)).toHaveLength(16);
    expect(await pullEveryTag(two, repository)).toHaveLength(16);
  });
});
