import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { createHost } from '../../src/host/create-host.ts';
import { type RunningRegistry, startRegistry } from '../../src/server/start-registry.ts';
import { pushBlob, send, withQuery } from '../contract/server/probe.ts';
import { pullEveryTag } from '../contract/server/registry-graph.ts';
import { randomBlob } from '../contract/server/sample-content.ts';

const run = promisify(execFile);

/** The embedded registry beside real clients, and on a real disk that is full. */
const env = { ...inject('engineEnvironment'), COSIGN_PASSWORD: '' };
const work = mkdtempSync(join(tmpdir(), 'polyarch-real-registry-'));
const folder = join(work, 'registry');
let registry: RunningRegistry;

beforeAll(() => {
  mkdirSync(join(work, 'context'));
  writeFileSync(join(work, 'context/file.txt'), 'hello\n');
  writeFileSync(join(work, 'context/Dockerfile'), 'FROM scratch\nCOPY file.txt /file.txt\nCMD ["/file.txt"]\n');
});
beforeEach(async () => {
  registry = await startRegistry({ host: createHost(), directory: folder });
});
afterEach(async () => {
  await registry.close();
  rmSync(folder, { recursive: true, force: true });
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

async function call(program: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await run(program, args, { env, cwd: work, maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}

/** An image of two platforms with provenance, pushed by BuildKit. */
async function buildAndPush(tag: string): Promise<string> {
  await call(
    'docker',
    'buildx',
    'build',
    '--builder',
    'server',
    '--platform',
    'linux/amd64,linux/arm64',
    '--provenance=mode=max',
    '--output',
    `type=image,name=${registry.registry}/team/app:${tag},push=true,registry.insecure=true`,
    'context',
  );
  return (await call('crane', 'digest', '--insecure', `${registry.registry}/team/app:${tag}`)).trim();
}

describe('the embedded registry and its clients', () => {
  beforeAll(async () => {
    await call('docker', 'buildx', 'create', '--name', 'server', '--driver', 'remote', inject('buildkitAddress'));
  });
  afterAll(() => call('docker', 'buildx', 'rm', 'server'));

  test('docker pushes and pulls', async () => {
    const name = `${registry.registry}/team/docker:v1`;
    await call('docker', 'build', '--tag', name, 'context');
    await call('docker', 'push', name);
    await call('docker', 'rmi', name);

    await call('docker', 'pull', name);

    expect(await call('docker', 'image', 'ls', '--format', '{{.Repository}}:{{.Tag}}')).toContain(name);
    expect(await pullEveryTag(registry, 'team/docker')).toEqual(['v1']);
  });

  test('buildx pushes an index with attestations, and reads it back', async () => {
    await buildAndPush('v1');

    const provenance = await call(
      'docker',
      'buildx',
      'imagetools',
      'inspect',
      '--builder',
      'server',
      `${registry.registry}/team/app:v1`,
      '--format',
      '{{json .Provenance}}',
    );

    expect(Object.keys(JSON.parse(provenance) as object)).toEqual(['linux/amd64', 'linux/arm64']);
    expect(await pullEveryTag(registry, 'team/app')).toEqual(['v1']);
  });

  test('buildx keeps its cache there, as an index of layers and as an image', async () => {
    for (const mode of ['true', 'false']) {
      const cache = `type=registry,ref=${registry.registry}/team/cache:${mode},image-manifest=${mode},registry.insecure=true`;
      await call('docker', 'buildx', 'build', '--builder', 'server', '--cache-to', cache, 'context');
      await call('docker', 'buildx', 'build', '--builder', 'server', '--cache-from', cache, 'context');
    }

    expect(await pullEveryTag(registry, 'team/cache')).toEqual(['false', 'true']);
  });

  test('crane copies, lists, validates and deletes', async () => {
    const digest = await buildAndPush('v1');
    const [from, to] = [`${registry.registry}/team/app:v1`, `${registry.registry}/team/copy:v2`];

    await call('crane', 'copy', '--insecure', from, to);
    await call('crane', 'validate', '--insecure', '--platform', 'linux/arm64', '--remote', to);
    await call('crane', 'tag', '--insecure', to, 'v3');

    expect(await call('crane', 'ls', '--insecure', `${registry.registry}/team/copy`)).toBe('v2\nv3\n');
    expect(await call('crane', 'catalog', '--insecure', registry.registry)).toBe('team/app\nteam/copy\n');
    await call('crane', 'delete', '--insecure', `${registry.registry}/team/copy@${digest}`);
    expect(await call('crane', 'ls', '--insecure', `${registry.registry}/team/copy`)).toBe('');
  });

  test('oras attaches and discovers, eight at once', async () => {
    const digest = await buildAndPush('v1');
    const image = `${registry.registry}/team/app@${digest}`;

    await Promise.all(
      Array.from({ length: 8 }, (_, number) =>
        call('oras', 'attach', '--plain-http', '--artifact-type', `example/n${number}`, image, 'context/file.txt'),
      ),
    );

    const found = JSON.parse(await call('oras', 'discover', '--plain-http', '--format', 'json', image)) as {
      referrers?: unknown[];
      manifests?: unknown[];
    };
    expect(found.referrers ?? found.manifests).toHaveLength(8);
  });

  test('cosign signs and verifies', async () => {
    const image = `${registry.registry}/team/app@${await buildAndPush('v1')}`;
    await call('cosign', 'generate-key-pair');
    const flags = ['--allow-insecure-registry', '--allow-http-registry'];

    await call(
      'cosign',
      'sign',
      '--yes',
      '--key',
      'cosign.key',
      '--use-signing-config=false',
      '--tlog-upload=false',
      ...flags,
      image,
    );

    await call('cosign', 'verify', '--key', 'cosign.pub', '--insecure-ignore-tlog', ...flags, image);
  });

  test('skopeo copies from it, and skopeo and umoci read its folder', async () => {
    await buildAndPush('v1');
    const source = `docker://${registry.registry}/team/app:v1`;

    await call('skopeo', 'copy', '--src-tls-verify=false', source, `oci:${join(work, 'out')}:v1`);
    await call(
      'skopeo',
      'copy',
      '--all',
      '--src-tls-verify=false',
      '--dest-tls-verify=false',
      source,
      source.replace(':v1', ':v2'),
    );

    const layout = join(folder, 'team/app');
    expect(await call('umoci', 'ls', '--layout', layout)).toBe('v1\nv2\n');
    expect(await call('skopeo', 'inspect', '--raw', `oci:${layout}:v2`)).toContain('"manifests"');
    expect(
      await call(
        'crane',
        'validate',
        '--insecure',
        '--platform',
        'linux/arm64',
        '--remote',
        `${registry.registry}/team/app:v2`,
      ),
    ).toBeDefined();
  });
});

describe('the embedded registry on a disk that is full', () => {
  const disk = join(work, 'disk');
  beforeAll(async () => {
    mkdirSync(disk);
    await call('mount', '-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', disk);
  });
  afterAll(() => call('umount', disk));

  test.each([
    ['with a length', false],
    ['in pieces', true],
  ])('refuses a blob sent %s with 507, drops it, serves what it has, and takes what fits', async (_how, isChunked) => {
    const full = await startRegistry({ host: createHost(), directory: join(disk, isChunked ? 'a' : 'b') });
    try {
      const kept = randomBlob(500_000);
      expect((await pushBlob(full, 'team/app', kept)).status).toBe(201);
      const large = randomBlob(8 * 1024 * 1024);
      const upload = (await send(full, 'POST', '/v2/team/app/blobs/uploads/')).header('location');

      const refused = await send(full, 'PUT', withQuery(upload, { digest: large.digest }), {
        body: large.bytes,
        isChunked,
      });

      expect([refused.status, refused.code]).toEqual([507, 'UNAVAILABLE']);
      expect(refused.body.toString()).not.toContain(disk);
      expect((await send(full, 'GET', upload)).status).toBe(404);
      expect((await send(full, 'GET', `/v2/team/app/blobs/${kept.digest}`)).body.equals(kept.bytes)).toBe(true);
      expect((await pushBlob(full, 'team/app', randomBlob(500_000))).status).toBe(201);
      expect((await send(full, 'DELETE', `/v2/team/app/blobs/${kept.digest}`)).status).toBe(202);
    } finally {
      await full.close();
    }
  });
});
