import { describe, expect, test } from 'vitest';
import { Fault } from '../../../src/errors/fault.ts';
import type { RunEvent } from '../../../src/host/event.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import { openRegistry, type RegistryClient } from '../../../src/registry/registry-client.ts';
import type { Repository } from '../../../src/registry/repository.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { fakeHost } from '../../support/fake-host.ts';
import { type FaultProxy, type FaultRule, startFaultProxy } from '../../support/fault-proxy.mjs';
import { type FaultRow, faultRows } from '../../support/fault-proxy-rows.ts';
import { place, type SampleImage, sampleImage, sampleReferrer, sourceOf } from '../../support/sample-image.ts';
import { SmallRegistry } from '../../support/small-registry.ts';
import type { SmallRepository } from '../../support/small-registry-state.ts';

/** More than the client verifies before it hands anything on. */
const usualLayerBytes = 1_150_000;
const tags = ['v1', 'latest'];
const images = new Map<number, SampleImage>();

interface Stage {
  readonly row: FaultRow;
  readonly image: SampleImage;
  readonly registry: SmallRegistry;
  readonly proxy: FaultProxy;
  readonly client: RegistryClient;
  readonly clock: FakeClock;
  readonly events: readonly RunEvent[];
}

describe('the fault table', () => {
  test.concurrent.for(faultRows)('$do: $name', async (row, { expect, onTestFinished }) => {
    const stage = await setUp(row);
    onTestFinished(() => tearDown(stage));

    const outcome = await run(stage).catch((error: unknown) => error);

    if (row.expect === 'survives') expect(outcome).toBeUndefined();
    else {
      expect(outcome).toBeInstanceOf(Fault);
      expect(row.expect).toContain(outcome instanceof Fault ? outcome.code : '');
    }
    checkInvariants(stage, outcome);
  });
});

async function setUp(row: FaultRow): Promise<Stage> {
  const clock = new FakeClock();
  const registry = await SmallRegistry.start(row.registry);
  const rules: FaultRule[] = [];
  const image = imageFor(row.layerBytes ?? usualLayerBytes);
  const proxy = await startFaultProxy({
    upstream: registry.host,
    rules,
    layerDigest: image.layer.descriptor.digest,
    nowMs: () => clock.monotonicMs(),
  });
  const realm = `http://${proxy.host}/token`;
  rules.push(...(JSON.parse(JSON.stringify(row.rules).replaceAll('$REALM', realm)) as FaultRule[]));
  const host = fakeHost({ clock, env: row.login === undefined ? {} : logins(proxy.host, row.login) });
  const limits = row.stalls === true ? shortLimits : {};
  const client = openRegistry({ host, registry: proxy.host, limits, retry: row.retry ?? {}, side: 'destination' });
  if (row.do === 'pull' || row.do === 'attach') place(registry.repository('app'), image, 'latest');
  if (row.do === 'mount') place(registry.repository('base'), image, 'latest');
  return { row, image, registry, proxy, client, clock, events: host.events };
}

async function tearDown({ client, proxy, registry }: Stage): Promise<void> {
  client.close();
  await proxy.stop();
  await registry.stop();
}

/** Made once for each size: the bytes of all rows are equal. */
function imageFor(layerBytes: number): SampleImage {
  const image = images.get(layerBytes) ?? sampleImage(layerBytes);
  images.set(layerBytes, image);
  return image;
}

const shortLimits = { sendMs: 250, answerMs: 250, receiveMs: 250 };

function logins(host: string, login: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const pairs = Object.entries(login).map(([user, password]) => Buffer.from(`${user}:${password}`).toString('base64'));
  return { DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { [host]: { auth: pairs[0] } } }) };
}

async function run(stage: Stage): Promise<void> {
  const repository = stage.client.repository('app');
  if (stage.row.do === 'pull') return pull(repository, stage.image);
  if (stage.row.do === 'attach') return attach(repository, stage.image);
  return push(repository, stage.image, stage.row.do === 'mount' ? ['base'] : []);
}

async function push(repository: Repository, image: SampleImage, mountFrom: readonly string[]): Promise<void> {
  await repository.upload(sourceOf(image.layer), { mountFrom });
  await repository.upload(sourceOf(image.config), { mountFrom });
  await repository.putManifest(image.manifest.bytes, image.manifest.descriptor);
  await repository.putManifest(image.index.bytes, { mediaType: image.index.descriptor.mediaType, tags });
}

async function pull(repository: Repository, image: SampleImage): Promise<void> {
  const { bytes } = await repository.fetchManifest('latest');
  expect(digestOf(bytes)).toBe(image.index.descriptor.digest);
  for (const { descriptor } of [image.manifest, image.config, image.layer]) {
    const pieces = await repository.download(descriptor, (received) => collect(received));
    expect(digestOf(Buffer.concat(pieces))).toBe(descriptor.digest);
  }
}

async function attach(repository: Repository, image: SampleImage): Promise<void> {
  const note = sampleReferrer(image.index.descriptor, image.config.descriptor);
  await repository.putManifest(note.bytes, note.descriptor);
  const found = await repository.referrers(image.index.descriptor.digest, 'application/vnd.example.note');
  expect(found.map(({ digest }) => digest)).toEqual([note.descriptor.digest]);
}

async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return all;
}

/** What must be so after every row, whatever came of it. */
function checkInvariants(stage: Stage, outcome: unknown): void {
  const { row, registry, proxy, clock } = stage;
  const { maxRequests = 80, maxElapsedMs = 600_000, minElapsedMs = 0, orphans = 0 } = row;
  for (const repository of registry.repositories.values()) {
    for (const digest of repository.tags.values()) expectComplete(repository, digest);
    for (const digest of repository.manifests.keys()) expectComplete(repository, digest);
  }
  if (row.do === 'push' || row.do === 'mount')
    expect([...registry.repository('app').tags.keys()].sort()).toEqual(outcome === undefined ? [...tags].sort() : []);
  expect(proxy.requests.length).toBeLessThanOrEqual(maxRequests);
  expect(proxy.requests.map(({ name }) => name)).toEqual(expect.arrayContaining([...(row.sees ?? [])]));
  expect(clock.monotonicMs()).toBeLessThanOrEqual(maxElapsedMs);
  expect(clock.monotonicMs()).toBeGreaterThanOrEqual(minElapsedMs);
  if (row.registry?.canCancel !== false) expect(registry.repository('app').uploads.size).toBeLessThanOrEqual(orphans);
  expectNoSecret(stage, outcome);
}

function expectComplete(repository: SmallRepository, digest: string): void {
  const manifest = repository.manifests.get(digest);
  expect(digestOf(manifest?.bytes ?? '')).toBe(digest);
  const document = JSON.parse(manifest?.bytes.toString('utf8') ?? '{}') as {
    readonly config?: { readonly digest: string };
    readonly layers?: readonly { readonly digest: string }[];
    readonly manifests?: readonly { readonly digest: string }[];
  };
  for (const child of document.manifests ?? []) expectComplete(repository, child.digest);
  for (const blob of [...(document.layers ?? []), ...(document.config === undefined ? [] : [document.config])])
    expect(digestOf(repository.blobs.get(blob.digest) ?? '')).toBe(blob.digest);
}

function expectNoSecret({ row, registry, events }: Stage, outcome: unknown): void {
  const shown = JSON.stringify(events) + told(outcome);
  const passwords = Object.entries(row.login ?? {}).flatMap(([user, password]) => [
    password,
    Buffer.from(`${user}:${password}`).toString('base64'),
  ]);
  for (const secret of [...passwords, ...(registry.auth?.tokens ?? [])]) expect(shown).not.toContain(secret);
}

function told(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const own = error instanceof Fault ? JSON.stringify([error.hint, error.where, error.frame]) : '';
  return `${error.message} ${own} ${told(error.cause)}`;
}
