import { describe, expect, test } from 'vitest';
import type { BuilderFacts, NodeFacts } from '../../../src/plan/builder-facts.ts';
import type { Facts } from '../../../src/plan/facts.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { planOf } from '../../support/plan-facts.ts';

const running = 'FROM alpine\nRUN make\n';
const pinned = 'FROM --platform=$BUILDPLATFORM golang AS b\nRUN make\nFROM scratch\nCOPY --from=b /x /x\n';
function emulation(policy: string): string {
  return `images: {app: {platforms: [linux/amd64, {platform: linux/arm64, emulation: ${policy}}]}}\n`;
}

function node(name: string, native: readonly string[], more: Partial<NodeFacts> = {}): NodeFacts {
  return { name, endpoint: 'e', state: 'ready', native, emulated: [], canPushByDigest: true, ...more };
}

function builder(name: string, nodes: readonly NodeFacts[], more: Partial<BuilderFacts> = {}): BuilderFacts {
  return { name, driver: 'remote', state: 'ready', slots: 1, options: {}, nodes, ...more };
}

const amd64 = builder('amd', [node('a0', ['linux/amd64'], { emulated: ['linux/arm64', 'linux/arm/v7'] })]);
const bare = builder('bare', [node('b0', ['linux/amd64'])]);
const arm64 = builder('arm', [node('g0', ['linux/arm64', 'linux/arm/v7'])]);

function planned(
  dockerfile: string,
  builders: readonly BuilderFacts[],
  yaml: string,
  facts: Partial<Facts> = {},
): Plan {
  return planOf(
    yaml,
    {},
    {
      dockerfiles: { '/project/Dockerfile': dockerfile },
      engine: { name: 'buildkit', reason: 'for a test' },
      builders,
      ...facts,
    },
  );
}

function placements({ cells }: Plan) {
  return cells.map(({ platform, builder: name, node: of, route }) => [
    platform,
    of === undefined ? name : `${name}/${of}`,
    route.kind,
  ]);
}

describe('placeCells', () => {
  test('prefers native to emulated, and keeps the emulated one as the last resort', () => {
    const plan = planned(running, [amd64, arm64], 'images: {app: {}}\n');

    expect(placements(plan)).toEqual([
      ['linux/amd64', 'amd', 'native'],
      ['linux/arm64', 'arm', 'native'],
    ]);
    expect(plan.cells[1]?.alternatives).toMatchObject([{ builder: 'amd', route: { kind: 'emulated' } }]);
    expect(plan.builders.map(({ name }) => name)).toEqual(['amd', 'arm']);
  });

  test('builds across platforms what runs on the build platform alone, on a node that cannot even emulate', () => {
    const plan = planned(pinned, [bare], 'images: {app: {platforms: [linux/amd64, linux/arm64, linux/s390x]}}\n');

    expect(placements(plan)).toEqual([
      ['linux/amd64', 'bare', 'native'],
      ['linux/arm64', 'bare', 'cross'],
      ['linux/s390x', 'bare', 'cross'],
    ]);
  });

  test('takes BUILDPLATFORM from the node: a stage pinned to amd64 is foreign on arm64', () => {
    const fixed = 'FROM --platform=linux/amd64 golang AS b\nRUN make\nFROM scratch\nCOPY --from=b /x /x\n';

    expect(placements(planned(fixed, [bare], 'images: {app: {platforms: [linux/arm64]}}\n'))).toEqual([
      ['linux/arm64', 'bare', 'cross'],
    ]);
    expect(() => planned(fixed, [arm64], 'images: {app: {platforms: [linux/arm64]}}\n')).toThrow(
      expect.objectContaining({ code: 'PLATFORM_UNBUILDABLE' }),
    );
  });

  test('emulates with the price of last time and the way to be faster', () => {
    const history = {
      'app/linux/amd64': { durationsMs: [15_000] },
      'app/linux/arm64': { durationsMs: [], emulatedMs: [148_000, 120_000] },
    };
    const plan = planned(running, [amd64], emulation('warn'), { history });

    expect(plan.cells[1]).toMatchObject({ route: { kind: 'emulated' }, estimateMs: 120_000 });
    expect(plan.cells[1]?.route.reason).toMatch(
      /Line 2 runs a command for linux\/arm64, which "amd" \(linux\/amd64\) only emulates: about 10 x slower, 148 s against 15 s last time; .*FROM --platform=\$BUILDPLATFORM$/,
    );
    expect(planned(running, [amd64], emulation('allow'), { history }).cells[1]?.route.reason).not.toContain('slower');
  });

  test('refuses to emulate where the config does, unless another route is there', () => {
    expect(() => planned(running, [amd64], emulation('refuse'))).toThrow(
      expect.objectContaining({ code: 'EMULATION_REFUSED' }),
    );
    expect(placements(planned(running, [amd64, arm64], emulation('refuse')))[1]).toEqual([
      'linux/arm64',
      'arm',
      'native',
    ]);
    expect(planned(running, [amd64, arm64], emulation('refuse')).cells[1]).not.toHaveProperty('alternatives');
  });

  test('never gives a platform to a node that does not run it, and says of each builder why', () => {
    const problem = { code: 'X', exitCode: 5, message: 'Cannot use the builder "gone": no route', hint: '', where: {} };
    const builders = [
      bare,
      builder('gone', [], { state: 'unreachable', problem }),
      builder('other', [node('o', ['linux/arm64'])], { platforms: ['linux/386'] }),
      builder('new', [], { state: 'missing' }),
    ];

    expect(() => planned(running, builders, 'images: {app: {platforms: [linux/arm64]}}\n')).toThrow(
      expect.objectContaining({
        code: 'PLATFORM_UNBUILDABLE',
        message:
          'Cannot build app/linux/arm64: "bare" (linux/amd64) does not run linux/arm64; Cannot use the builder "gone": no route; "other" is only for linux/386; "new" does not tell its platforms: name them with "platforms"',
      }),
    );
  });

  test('plans an optional cell on its own builder though that one is away', () => {
    const problem = { code: 'X', exitCode: 5, message: 'Cannot use the builder "gone": no route', hint: '', where: {} };
    const gone = builder('gone', [], { state: 'unreachable', problem, platforms: ['linux/s390x'] });
    const [optional, required] = [true, false].map(
      (value) => `images: {app: {platforms: [linux/amd64, {platform: linux/s390x, optional: ${value}}]}}\n`,
    );

    expect(planned(running, [bare, gone], optional ?? '').cells[1]).toMatchObject({
      builder: 'gone',
      route: { reason: 'Only "gone" may build it: Cannot use the builder "gone": no route' },
    });
    expect(() => planned(running, [bare, gone], required ?? '')).toThrow(
      expect.objectContaining({ code: 'PLATFORM_UNBUILDABLE' }),
    );
  });

  test('follows buildx in a fleet: the node that was declared, else the first that lists the platform', () => {
    const emulating = node('n1', ['linux/amd64'], { emulated: ['linux/arm64'] });
    const real = node('n2', ['linux/arm64']);
    const yaml = 'images: {app: {platforms: [{platform: linux/arm64, emulation: refuse}]}}\n';
    const declared = builder('fleet', [emulating, { ...real, declared: ['linux/arm64'] }]);

    expect(placements(planned(running, [declared], yaml))).toEqual([['linux/arm64', 'fleet/n2', 'native']]);
    expect(() => planned(running, [builder('fleet', [emulating, real])], yaml)).toThrow(
      expect.objectContaining({ code: 'EMULATION_REFUSED' }),
    );
    expect(placements(planned(running, [builder('fleet', [real, emulating])], yaml))).toEqual([
      ['linux/arm64', 'fleet/n2', 'native'],
    ]);
  });

  test('says where a fleet has a better node that buildx would not choose', () => {
    const fleet = builder('fleet', [
      node('n1', ['linux/amd64'], { declared: ['linux/arm64'] }),
      node('n2', ['linux/arm64']),
    ]);

    expect(() => planned(running, [fleet], 'images: {app: {platforms: [linux/arm64]}}\n')).toThrow(
      expect.objectContaining({
        message: expect.stringContaining('declare it there with --platform linux/arm64') as unknown,
      }),
    );
  });

  test('spreads cells by what they took and by slots', () => {
    const variants = ['a', 'b', 'c', 'd', 'e', 'f'];
    const yaml = `images: {app: {platforms: [linux/amd64], variants: {${variants.map((name) => `${name}: {}`).join(', ')}}}}\n`;
    const two = [
      builder('one', [node('x', ['linux/amd64'])]),
      builder('two', [node('y', ['linux/amd64'])], { slots: 2 }),
    ];
    const history = { 'app/a/linux/amd64': { durationsMs: [600_000] } };

    const even = planned(running, two, yaml);
    const uneven = planned(running, [bare, { ...bare, name: 'second' }], yaml, { history });

    expect(even.cells.filter((cell) => cell.builder === 'two')).toHaveLength(4);
    expect(uneven.cells.filter((cell) => cell.builder === 'bare').map(({ variant }) => variant)).toEqual(['a']);
  });

  test('leaves the embedded engine as it is: one builder, no alternatives, no cache', () => {
    const [cell] = planOf('images: {app: {cache: local}}\n').cells;

    expect(cell).toMatchObject({ builder: 'embedded', route: { kind: 'assembled' }, base: 'scratch' });
    expect(cell).not.toHaveProperty('alternatives');
    expect(cell).not.toHaveProperty('cache');
  });

  test('gives a pushed cell the first repository of its release', () => {
    const yaml = 'image: ghcr.io/acme/app\nrepositories: [ghcr.io/acme/app, docker.io/acme/app]\n';

    expect(planOf(yaml, { push: true }).cells[0]?.repository).toBe('ghcr.io/acme/app');
    expect(planOf(yaml).cells[0]).not.toHaveProperty('repository');
  });
});
