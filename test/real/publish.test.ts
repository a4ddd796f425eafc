import { randomInt } from 'node:crypto';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { createHost } from '../../src/host/create-host.ts';
import { parseReference } from '../../src/oci/reference.ts';
import type { OrderEvidence } from '../../src/plan/order-evidence.ts';
import { publishReleases } from '../../src/publish/publish-releases.ts';
import { openLocation } from '../../src/store/open-location.ts';
import { sampleRelease } from '../support/sample-release.ts';
import type { OwnRegistry } from './support/own-registry.ts';
import { useWorkbench } from './support/workbench.ts';

const kills = 30;

describe('one release in docker-registry and ours', () => {
  const workbench = useWorkbench();
  const runs: { readonly id: string; readonly digest: string }[] = [];
  let own: OwnRegistry;
  let project: string;
  let places: readonly string[];

  beforeAll(async () => {
    own = await workbench.serve('own');
    places = [`${workbench.repositories}/app`, `${own.address}/acme/app`];
    project = workbench.files('project', { Dockerfile: 'FROM scratch\nCOPY version /version\n', version: '0' });
    for (const version of ['1', '2']) {
      workbench.files('project', { version });
      const digest = await workbench.polyarch(['build', '--quiet'], { cwd: project });
      const ids = readdirSync(join(project, '.polyarch/runs')).filter((id) => !runs.some((run) => run.id === id));
      runs.push({ id: ids[0] ?? '', digest: digest.trim() });
    }
  });

  function publishArgs(run: string, more: readonly string[] = []): readonly string[] {
    const names = places.flatMap((place) => ['-t', `${place}:latest`, '-t', `${place}:stable`]);
    return ['publish', run, ...names, '--progress', 'quiet', ...more];
  }

  function digestOf(reference: string): Promise<string> {
    return workbench
      .attempt('crane', ['digest', reference])
      .then(({ code, stdout }) => (code === 0 ? stdout.trim() : ''));
  }

  /** What an independent client sees under the two tags in both registries; each that is there must be whole. */
  async function look(): Promise<readonly string[]> {
    const references = places.flatMap((place) => [`${place}:latest`, `${place}:stable`]);
    const digests = await Promise.all(references.map(digestOf));
    const whole = new Map(references.map((reference, number) => [digests[number], reference]));
    for (const [digest, reference] of whole)
      if (digest !== '') await workbench.run('crane', ['validate', '--remote', reference]);
    return digests;
  }

  test(`is whole after each of ${kills} random kill -9, and equal everywhere once it is resumed`, async () => {
    const [first, second] = runs;
    const startMs = performance.now();
    await workbench.polyarch(publishArgs(first?.id ?? ''), { cwd: project });
    const tookMs = Math.round(performance.now() - startMs);
    const known = new Set(runs.map(({ digest }) => digest));
    let broken = 0;

    for (let round = 0; round < kills; round += 1) {
      const run = round % 2 === 0 ? second : first;
      const record = join(project, '.polyarch/runs', run?.id ?? '', 'publish.json');
      rmSync(record, { force: true });
      const publishing = workbench.startPolyarch(publishArgs(run?.id ?? ''), { cwd: project });
      // One in three at any moment; the others while tags move, which is a small part of the whole.
      if (round % 3 === 0) await wait(randomInt(Math.floor(tookMs / 4), tookMs));
      else await begun(record, randomInt(0, 60));
      publishing.child.kill('SIGKILL');
      await publishing.ended;
      const between = await look();
      broken += new Set(between).size > 1 ? 1 : 0;
      await workbench.polyarch(publishArgs(run?.id ?? '', ['--resume']), { cwd: project });

      expect(between.every((digest) => known.has(digest))).toBe(true);
      expect(new Set(await look())).toEqual(new Set([run?.digest]));
    }
    expect(broken).toBeGreaterThan(0);
  });

  test('outlives that ours is killed and comes back', async () => {
    const [first] = runs;
    const publishing = workbench.startPolyarch(publishArgs(first?.id ?? ''), { cwd: project });
    await own.kill();
    await wait(1500);
    await own.restart();
    const { code, stderr } = await publishing.ended;

    expect(code, stderr).toBe(0);
    expect(new Set(await look())).toEqual(new Set([first?.digest]));
  });

  test('leaves a tag to the newer of two publishers at once in 50 of 50 rounds, in both', async () => {
    const held = await Promise.all(places.map((place) => raceAll(`${place}-race`)));

    for (const [number, place] of places.entries())
      expect(held[number], place).toEqual(Array.from({ length: 50 }, () => '1.10.0'));
  });

  async function raceAll(repository: string): Promise<readonly string[]> {
    const held: string[] = [];
    for (let round = 0; round < 50; round += 10) {
      const numbers = Array.from({ length: 10 }, (_, number) => round + number);
      held.push(...(await Promise.all(numbers.map((number) => race(repository, number)))));
    }
    return held;
  }

  async function race(repository: string, round: number): Promise<string> {
    const versions = round % 2 === 0 ? ['1.9.0', '1.10.0'] : ['1.10.0', '1.9.0'];
    await Promise.all(versions.map((version) => publishSample(repository, `latest-${round}`, { version })));
    const manifest = await workbench.run('crane', ['manifest', `${repository}:latest-${round}`]);
    return /"dev\.polyarch\.order\.version":\s*"([^"]+)"/.exec(manifest)?.[1] ?? manifest;
  }
});

/** Resolves so many milliseconds after the first tag was about to move. */
async function begun(record: string, afterMs: number): Promise<void> {
  while (!existsSync(record)) await wait(1);
  await wait(afterMs);
}

async function publishSample(repository: string, tag: string, order: OrderEvidence): Promise<void> {
  const destination = { kind: 'repository', repository, tags: [tag], required: true } as const;
  const { release, source } = await sampleRelease(order, [destination]);
  const [published] = await publishReleases([release], {
    host: createHost(),
    source,
    runId: 'run',
    nameOf: () => repository,
    open: (_destination, { host }) =>
      openLocation({ kind: 'registry', reference: parseReference(repository) }, { host, mode: 'write' }),
  });
  if (published?.problem !== undefined) throw published.problem;
}
