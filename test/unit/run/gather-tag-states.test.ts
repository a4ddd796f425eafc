import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digestOf } from '../../../src/oci/digest.ts';
import { assembleTagMoves } from '../../../src/plan/assemble-tag-moves.ts';
import { noEvent } from '../../../src/plan/event-facts.ts';
import { encodeOrder } from '../../../src/plan/order-annotations.ts';
import type { OrderEvidence } from '../../../src/plan/order-evidence.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { choosePalette } from '../../../src/report/palette.ts';
import { renderTagMoves } from '../../../src/report/render-tag-moves.ts';
import { gatherTagStates } from '../../../src/run/gather/gather-tag-states.ts';
import { fakeHost } from '../../support/fake-host.ts';
import { planOf } from '../../support/plan-facts.ts';
import { SmallRegistry } from '../../support/small-registry.ts';

const mediaType = 'application/vnd.oci.image.index.v1+json';

describe('the moves of a plan', () => {
  let registry: SmallRegistry;
  beforeEach(async () => {
    registry = await SmallRegistry.start();
  });
  afterEach(() => registry.stop());

  /** Puts an index with this evidence under a tag, and gives its digest. */
  function hold(repository: string, tag: string, order: OrderEvidence): string {
    const text = JSON.stringify({ schemaVersion: 2, mediaType, manifests: [], annotations: encodeOrder(order) });
    const bytes = Buffer.from(text);
    const digest = digestOf(bytes);
    registry.repository(repository).manifests.set(digest, { bytes, mediaType });
    registry.repository(repository).tags.set(tag, digest);
    return digest;
  }

  function planFor(version: string, ...repositories: readonly string[]): Plan {
    const tags = [version, '1.2', 'latest'];
    const ruled = { tags, latest: ['latest'], immutable: [version], version, labels: {}, annotations: {} };
    const yaml = `repositories: [${repositories.map((name) => `"${name}"`).join(', ')}]\n`;
    return planOf(yaml, { push: true, name: 'app' }, { event: { ...noEvent, sha: '' }, tags: { app: ruled } });
  }

  async function movesOf(plan: Plan) {
    return assembleTagMoves(plan, await gatherTagStates(plan, fakeHost()));
  }

  test('tell what each tag points at and what becomes of it', async () => {
    const name = `${registry.host}/acme/app`;
    const minor = hold('acme/app', '1.2', { version: '1.2.2' });
    const latest = hold('acme/app', 'latest', { version: '2.0.0' });
    const { releases, unreachable } = await movesOf(planFor('1.2.3', name));

    expect(unreachable).toEqual([]);
    expect(releases).toEqual([
      {
        release: 'app',
        moves: [
          { repository: name, tag: '1.2.3', state: 'new' },
          { repository: name, tag: '1.2', state: 'moved', from: minor },
          { repository: name, tag: 'latest', state: 'kept-newer', from: latest, reason: '2.0.0 is newer than 1.2.3' },
        ],
      },
    ]);
  });

  test('refuse an immutable tag that holds something else', async () => {
    hold('acme/app', '1.2.3', { version: '1.2.3' });
    const { releases } = await movesOf(planFor('1.2.3', `${registry.host}/acme/app`));

    expect(releases[0]?.moves[0]).toMatchObject({ tag: '1.2.3', state: 'refused' });
  });

  test('tell a registry that does not answer, and know the others', async () => {
    const dead = `localhost:${await closedPort()}/acme/app`;
    const { releases, unreachable } = await movesOf(planFor('1.2.3', dead, `${registry.host}/acme/app`));

    expect(unreachable).toEqual([{ repository: dead, reason: expect.stringContaining('localhost') }]);
    expect(releases[0]?.moves.map(({ state }) => state)).toEqual(['new', 'new', 'new']);
  });

  test('are shown with the digest before and after', async () => {
    hold('acme/app', '1.2', { version: '1.2.2' });
    hold('acme/app', 'latest', { version: '2.0.0' });
    const planned = await movesOf(planFor('1.2.3', `${registry.host}/acme/app`));
    const palette = choosePalette(false);
    const text = renderTagMoves(planned, { palette, columns: Infinity }).replaceAll(registry.host, 'ghcr.io');
    const missing = { releases: [], unreachable: [{ repository: 'ghcr.io/acme/app', reason: 'no such host' }] };

    expect(text.split('\n').map((line) => line.replace(/ +/g, ' '))).toEqual([
      'TAG NOW THEN WHY',
      'ghcr.io/acme/app:1.2.3 - to be built new',
      expect.stringMatching(/^ghcr\.io\/acme\/app:1\.2 sha256:\w{12} to be built moved$/),
      expect.stringMatching(/:latest (sha256:\w{12}) \1 kept newer 2\.0\.0 is newer than 1\.2\.3$/),
    ]);
    expect(renderTagMoves(missing, { palette, columns: 80 })).toBe('not asked ghcr.io/acme/app: no such host');
  });
});

/** A port that nobody listens at. */
function closedPort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
