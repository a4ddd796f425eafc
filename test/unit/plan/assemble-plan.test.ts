import { describe, expect, test } from 'vitest';
import { planOf } from '../../support/plan-facts.ts';

describe('assemblePlan', () => {
  test('expands variants before platforms, in the order of the config', () => {
    const plan = planOf(`
image: ghcr.io/acme/app
platforms: [linux/arm64, linux/amd64]
variants:
  python: {args: {BASE: a}, default: true}
  java: {args: {BASE: b}, platforms: [linux/amd64]}
`);

    expect(plan.cells.map(({ id }) => id)).toEqual([
      'app/python/linux/arm64',
      'app/python/linux/amd64',
      'app/java/linux/amd64',
    ]);
    expect(plan.releases.map(({ id, cells }) => [id, cells.length])).toEqual([
      ['app/python', 2],
      ['app/java', 1],
    ]);
  });

  test('gives each platform its own args over those of the variant and the image', () => {
    const plan = planOf(`
image: ghcr.io/acme/app
args: {A: image, B: image, C: image}
platforms:
  - linux/amd64
  - {platform: linux/arm/v7, args: {C: platform}}
variants:
  one: {args: {B: variant, C: variant}}
`);

    expect(plan.cells.map(({ recipe }) => recipe.args)).toEqual([
      { A: 'image', B: 'variant', C: 'variant' },
      { A: 'image', B: 'variant', C: 'platform' },
    ]);
  });

  test('is the same value for the same input', () => {
    const yaml = 'image: ghcr.io/acme/app\n';

    expect(JSON.stringify(planOf(yaml))).toBe(JSON.stringify(planOf(yaml)));
  });

  test('leaves no cell where a variant is limited to other platforms, and says so', () => {
    const yaml =
      'image: ghcr.io/acme/app\nplatforms: [linux/amd64, linux/arm64]\nvariants: {a: {platforms: [linux/arm64]}}\n';

    expect(planOf(yaml).cells).toHaveLength(1);
    expect(() => planOf(yaml, { platforms: ['linux/amd64'] })).toThrow(expect.objectContaining({ code: 'PLAN_EMPTY' }));
  });

  test('refuses two releases in one archive, and takes them in one each', () => {
    const yaml = 'image: ghcr.io/acme/app\nvariants: {a: {}, b: {}}\n';

    expect(planOf(yaml, { outputs: ['oci-archive:out.tar'], variants: ['a'] }).releases).toHaveLength(1);
    expect(() => planOf(yaml, { outputs: ['oci-archive:out.tar'] })).toThrow(
      expect.objectContaining({ code: 'DESTINATION_SHARED' }),
    );
  });
});

describe('chooseDestinations', () => {
  test.each([
    [
      'a layout below .polyarch where nothing is asked for',
      {},
      [{ kind: 'oci', path: '/project/.polyarch/app', tags: ['latest'] }],
    ],
    [
      'the tag of -t in the layout',
      { tags: ['ghcr.io/acme/app:1.2'] },
      [{ kind: 'oci', path: '/project/.polyarch/app', tags: ['1.2'] }],
    ],
    [
      'repositories of -t when it is pushed',
      { tags: ['ghcr.io/acme/app:1.2', 'ghcr.io/acme/app:1', 'acme/app'], push: true },
      [
        { kind: 'repository', repository: 'ghcr.io/acme/app', tags: ['1.2', '1'], required: true },
        { kind: 'repository', repository: 'docker.io/acme/app', tags: ['latest'], required: true },
      ],
    ],
    ['the local Docker Engine', { load: true }, [{ kind: 'docker', tags: ['app:latest'] }]],
    [
      'outputs as they are named',
      { outputs: ['oci:out', 'type=oci,dest=out.tar'] },
      [
        { kind: 'oci', path: '/project/out', tags: ['latest'] },
        { kind: 'oci-archive', path: '/project/out.tar', tags: ['latest'], names: { latest: 'app:latest' } },
      ],
    ],
    [
      'each tag of an archive the name in the first repository that has it',
      { outputs: ['oci-archive:out.tar'], tags: ['ghcr.io/acme/app:1', 'docker.io/acme/app:1', 'acme/app:1.2'] },
      [
        {
          kind: 'oci-archive',
          path: '/project/out.tar',
          tags: ['1', '1.2'],
          names: { '1': 'ghcr.io/acme/app:1', '1.2': 'docker.io/acme/app:1.2' },
        },
      ],
    ],
    [
      'whole names in what `docker load` reads',
      { outputs: ['docker-archive:out.tar'], tags: ['ghcr.io/acme/app:1.2'] },
      [{ kind: 'docker-archive', path: '/project/out.tar', tags: ['ghcr.io/acme/app:1.2'] }],
    ],
  ] as const)('gives %s', (_name, overrides, expected) => {
    const plan = planOf('images: {app: {}}\n', overrides);

    expect(plan.releases[0]?.destinations).toEqual(expected);
  });

  test('leaves a repository out whose condition does not hold, and says why', () => {
    const yaml = `
image: ghcr.io/acme/app
repositories:
  - ghcr.io/acme/app
  - {name: docker.io/acme/app, when: env.DOCKERHUB_USERNAME, required: false}
`;

    const without = planOf(yaml, { push: true }).releases[0];
    const withIt = planOf(yaml, { push: true }, { conditions: { 'env.DOCKERHUB_USERNAME': true } }).releases[0];

    expect(without?.leftOut).toEqual([
      { repository: 'docker.io/acme/app', reason: 'env.DOCKERHUB_USERNAME is not set' },
    ]);
    expect(without?.destinations).toHaveLength(1);
    expect(withIt?.leftOut).toEqual([]);
    expect(withIt?.destinations).toHaveLength(2);
  });

  test('refuses to push where no repository is named', () => {
    expect(() => planOf('images: {app: {}}\n', { push: true })).toThrow(
      expect.objectContaining({ code: 'PUSH_WITHOUT_REPOSITORY' }),
    );
    expect(planOf('images: {app: {}}\n', { push: true, tags: ['ghcr.io/acme/app:1'] }).releases).toHaveLength(1);
  });
});

describe('chooseRoute', () => {
  test.each([
    ['assembled', 'FROM scratch\nCOPY . /app\n', 'linux/arm64'],
    [
      'cross',
      'FROM --platform=$BUILDPLATFORM alpine AS b\nRUN make\nFROM scratch\nCOPY --from=b /x /x\n',
      'linux/arm64',
    ],
    ['native', 'FROM alpine\nRUN make\n', 'linux/amd64'],
    ['emulated', 'FROM alpine\nRUN make\n', 'linux/arm64'],
    ['assembled', 'FROM alpine AS unused\nRUN make\nFROM scratch\nCOPY . /\n', 'linux/arm64'],
  ])('gives %s for %j on %s', (kind, dockerfile, platform) => {
    const plan = planOf(
      'images: {app: {}}\n',
      { platforms: [platform] },
      { dockerfiles: { '/project/Dockerfile': dockerfile } },
    );

    expect(plan.cells[0]?.route.kind).toBe(kind);
  });

  test('names an unknown target before anything is built', () => {
    expect(() => planOf('images: {app: {}}\n', { target: 'nope' })).toThrow(
      expect.objectContaining({ code: 'STAGE_UNKNOWN' }),
    );
  });
});
