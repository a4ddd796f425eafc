import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Plan, PlannedRelease } from '../../../src/plan/plan.ts';
import type { PublishRecord } from '../../../src/publish/publish-record.ts';
import { resumeMoves } from '../../../src/run/release/resume-moves.ts';
import { fakeHost } from '../../support/fake-host.ts';
import { place, sampleImage } from '../../support/sample-image.ts';
import { SmallRegistry, type SmallRegistryOptions } from '../../support/small-registry.ts';

const image = sampleImage(300);
const index = image.index.descriptor;

describe('resumeMoves', () => {
  let folder: string;
  let registry: SmallRegistry;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'polyarch-resume-'));
  });
  afterEach(async () => {
    await registry.stop();
    rmSync(folder, { recursive: true });
  });

  /** Goes on with a publication of one tag that was broken off before it moved. */
  async function resume(options: SmallRegistryOptions = {}) {
    registry = await SmallRegistry.start(options);
    place(registry.repository('acme/app'), image, 'staged');
    const repository = `${registry.host}/acme/app`;
    const required = { repository, required: true };
    const release: PlannedRelease = {
      id: 'app',
      image: 'app',
      variant: '',
      cells: [],
      annotations: {},
      descriptorAnnotations: {},
      allowForeign: [],
      order: {},
      destinations: [{ kind: 'repository', ...required, tags: ['1'], public: true }],
      leftOut: [],
    };
    const plan: Plan = {
      version: 1,
      runId: 'run',
      createdAt: '2026-01-01T00:00:00Z',
      root: folder,
      engine: { name: 'embedded', reason: '' },
      builders: [],
      event: { provider: 'none', name: '', ref: '', sha: '', isCi: false },
      cells: [],
      releases: [release],
    };
    const moves = [{ tag: '1', to: { mediaType: index.mediaType, digest: index.digest, size: index.size } }];
    const places = [{ release: 'app', ...required, index, order: {}, moves }];
    const record: PublishRecord = { version: 1, kind: 'polyarch/publish', runId: 'run', state: 'moving', places };
    writeFileSync(join(folder, 'publish.json'), JSON.stringify(record));
    const login = { auths: { [registry.host]: { auth: Buffer.from('me:secret').toString('base64') } } };
    const host = fakeHost({ env: { DOCKER_AUTH_CONFIG: JSON.stringify(login) } });
    const [resumed] = (await resumeMoves(plan, { host, folder, outcomes: new Map() })) ?? [];
    return resumed?.destinations[0];
  }

  test('ends the moves, and a stranger sees them', async () => {
    expect(await resume()).toMatchObject({ state: 'written', moves: [{ tag: '1', state: 'new' }] });
    expect(registry.repository('acme/app').tags.get('1')).toBe(index.digest);
  });

  test('tells a repository that has become private meanwhile', async () => {
    const closed = { auth: { kind: 'basic', passwords: { me: 'secret' } } } as const;

    expect(await resume(closed)).toMatchObject({ state: 'failed', problem: { code: 'IMAGE_NOT_PUBLIC' } });
    expect(registry.repository('acme/app').tags.get('1')).toBe(index.digest);
  });
});
