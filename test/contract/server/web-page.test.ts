import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { escapeHtml } from '../../../src/server/web-page.ts';
import { pushBlob, send, type TestRegistry, temporaryFolder, testRegistry } from './probe.ts';
import { type Content, lastOf, sampleImage, sampleIndex } from './sample-content.ts';

async function push(registry: TestRegistry, content: Content, tag: string): Promise<void> {
  for (const blob of content.blobs) await pushBlob(registry, 'team/app', blob);
  for (const { bytes, digest, descriptor } of content.manifests) {
    const query = digest === lastOf(content).digest ? `?tag=${tag}` : '';
    const headers = { 'Content-Type': descriptor.mediaType };
    await send(registry, 'PUT', `/v2/team/app/manifests/${digest}${query}`, { headers, body: bytes });
  }
}

describe('the web page', () => {
  test('lists the repositories, and says so when there are none', async () => {
    const registry = await testRegistry();
    const empty = await send(registry, 'GET', '/');
    await push(registry, sampleImage(), 'v1');

    const page = await send(registry, 'GET', '/');

    expect(empty.body.toString()).toContain('Nothing was pushed yet');
    expect(page.body.toString()).toContain('<a href="/?repository=team%2Fapp">team/app</a></td><td>1</td>');
    expect(page.header('content-type')).toBe('text/html; charset=utf-8');
    expect(page.header('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/);
  });

  test('lists the tags of a repository with their platforms and sizes', async () => {
    const registry = await testRegistry();
    const images = ['amd64', 'arm64'].map((architecture) => sampleImage({ architecture }));
    await push(registry, sampleIndex(images), 'multi');
    await push(registry, sampleImage({ architecture: 's390x' }), 'single');
    await push(registry, sampleImage({ config: { mediaType: 'a/b', bytes: 'x' } }), 'artifact');

    const page = (await send(registry, 'GET', '/?repository=team/app')).body.toString();

    expect(page).toContain('<td>multi</td><td>linux/amd64, linux/arm64</td><td>1.');
    expect(page).toContain('<td>single</td><td>linux/s390x</td>');
    expect(page).toContain('<td>artifact</td><td></td><td>513 B</td>');
  });

  test('leads to the tags that did not fit', async () => {
    const registry = await testRegistry();
    const image = sampleImage();
    for (const blob of image.blobs) await pushBlob(registry, 'team/app', blob);
    const { bytes, digest, descriptor } = lastOf(image);
    const tags = Array.from({ length: 60 }, (_, number) => `t${String(number).padStart(2, '0')}`);
    const query = tags.map((tag) => `tag=${tag}`).join('&');
    const headers = { 'Content-Type': descriptor.mediaType };
    await send(registry, 'PUT', `/v2/team/app/manifests/${digest}?${query}`, { headers, body: bytes });

    const first = (await send(registry, 'GET', '/?repository=team/app')).body.toString();
    const second = (await send(registry, 'GET', '/?repository=team/app&last=t49')).body.toString();

    expect([first.includes('t49'), first.includes('t50'), first.includes('last=t49')]).toEqual([true, false, true]);
    expect([second.includes('t50'), second.includes('>More<')]).toEqual([true, false]);
  });

  test('shows names as they are and runs nothing', async () => {
    const folder = temporaryFolder();
    const layout = join(folder, 'a');
    mkdirSync(join(layout, 'blobs/sha256'), { recursive: true });
    const evil = '<script>alert("x")</script>';
    const child = lastOf(sampleImage()).descriptor;
    const index = lastOf(sampleIndex([], { manifests: [{ ...child, platform: { os: evil, architecture: "'" } }] }));
    writeFileSync(join(layout, 'blobs/sha256', index.digest.slice(7)), index.bytes);
    const entry = { ...index.descriptor, annotations: { 'org.opencontainers.image.ref.name': 'v1' } };
    writeFileSync(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [entry] }));
    const registry = await testRegistry({ storage: folder });

    const page = await send(registry, 'GET', '/?repository=a');
    const missing = await send(registry, 'GET', `/?repository=${encodeURIComponent(evil)}`);

    expect(page.body.toString()).toContain(escapeHtml(evil));
    expect(page.body.toString() + missing.body.toString()).not.toContain('<script');
    expect([page.status, missing.status]).toEqual([200, 404]);
  });
});
