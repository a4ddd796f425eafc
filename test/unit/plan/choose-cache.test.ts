import { describe, expect, test } from 'vitest';
import type { BuilderFacts } from '../../../src/plan/builder-facts.ts';
import type { CellCache } from '../../../src/plan/cell.ts';
import { type EventFacts, noEvent } from '../../../src/plan/event-facts.ts';
import { planOf } from '../../support/plan-facts.ts';

const desk: BuilderFacts = {
  name: 'desk',
  driver: 'docker',
  state: 'ready',
  slots: 1,
  options: {},
  nodes: [{ name: 'd', endpoint: 'e', state: 'ready', native: ['linux/amd64'], emulated: [], canPushByDigest: false }],
};
const github: EventFacts = { ...noEvent, provider: 'github', name: 'push', ref: 'refs/heads/main', isCi: true };
const pull: EventFacts = { ...github, name: 'pull_request', pullRequest: { number: 7, isFork: true } };

interface Circumstances {
  readonly event?: EventFacts;
  readonly push?: boolean;
  readonly builder?: BuilderFacts;
}

function cacheOf(
  cache: string,
  { event = noEvent, push = true, builder = desk }: Circumstances = {},
): CellCache | undefined {
  const yaml = `image: ghcr.io/acme/app\nplatforms: [linux/amd64]\nvariants: {slim: {}}\ncache: ${cache}\n`;
  const engine = { name: 'buildkit', reason: '' } as const;
  return planOf(yaml, { push }, { engine, builders: [builder], event }).cells[0]?.cache;
}

describe('chooseCache', () => {
  test.each([
    ['none', undefined],
    [
      'registry',
      {
        from: ['type=registry,ref=ghcr.io/acme/app:buildcache-slim-amd64'],
        to: [
          'type=registry,ref=ghcr.io/acme/app:buildcache-slim-amd64,image-manifest=true,oci-mediatypes=true,mode=max,ignore-error=true',
        ],
      },
    ],
    [
      'local',
      {
        from: ['type=local,src=/project/.polyarch/cache/app-slim-amd64'],
        to: ['type=local,dest=/project/.polyarch/cache/app-slim-amd64,mode=max,ignore-error=true'],
      },
    ],
    [
      '{type: s3, options: {bucket: "b,c", region: eu, mode: min}}',
      {
        from: ['type=s3,name=app-slim-amd64,"bucket=b,c",region=eu'],
        to: ['type=s3,name=app-slim-amd64,mode=min,ignore-error=true,"bucket=b,c",region=eu'],
      },
    ],
    ['gha', undefined],
  ])('gives %s its own place', (cache, expected) => {
    expect(cacheOf(cache)).toEqual(expected);
  });

  test('uses the cache of GitHub where it is', () => {
    expect(cacheOf('gha', { event: github })).toEqual({
      from: ['type=gha,scope=app-slim-amd64'],
      to: ['type=gha,scope=app-slim-amd64,mode=max,ignore-error=true'],
    });
  });

  test.each(['registry', 'local', 'gha'])('is read by a pull request and not written: %s', (cache) => {
    expect(cacheOf(cache, { event: github })?.to).toHaveLength(1);
    expect(cacheOf(cache, { event: pull })?.from).toEqual(cacheOf(cache, { event: github })?.from);
    expect(cacheOf(cache, { event: pull })?.to).toEqual([]);
  });

  test('is written to a registry only by a run that pushes', () => {
    expect(cacheOf('registry', { push: false })?.to).toEqual([]);
    expect(cacheOf('local', { push: false })?.to).toHaveLength(1);
  });

  test('is not written by a docker driver that cannot', () => {
    const old = { ...desk, nodes: desk.nodes.map((node) => ({ ...node, canExportCache: false })) };

    expect(cacheOf('local', { builder: old })?.to).toEqual([]);
  });
});
