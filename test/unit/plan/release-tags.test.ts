import { describe, expect, test } from 'vitest';
import { simulateEvent, type WrittenEvent } from '../../../src/ci/context/simulate-event.ts';
import { applyFlags } from '../../../src/config/apply-flags.ts';
import type { Overrides } from '../../../src/config/overrides.ts';
import { parseConfig } from '../../../src/config/parse-config.ts';
import { assemblePlan } from '../../../src/plan/assemble-plan.ts';
import { type EventFacts, noEvent } from '../../../src/plan/event-facts.ts';
import type { Destination, Plan } from '../../../src/plan/plan.ts';
import { evaluateImageTags } from '../../../src/plan/tags/evaluate-image-tags.ts';
import { factsOf } from '../../support/plan-facts.ts';

const sha = 'cd65417f2b1e4a5c8d9e0f1a2b3c4d5e6f708192';
const base: EventFacts = { ...noEvent, sha, defaultBranch: 'main', commitDate: '2026-03-04T08:00:00.000Z' };

const onMain: WrittenEvent = { ref: 'refs/heads/main' };

function onTag(name: string): WrittenEvent {
  return { ref: `refs/tags/${name}` };
}

/** The plan of a push for an event, as `run/` puts it together. */
function pushOf(yaml: string, event: EventFacts, overrides: Overrides = { push: true }): Plan {
  const config = parseConfig(yaml, { file: 'polyarch.yaml', folderName: 'project' });
  const applied = applyFlags(config, overrides, { env: {}, workingDirectory: '/project', root: '/project' });
  const { now } = factsOf();
  const tags = applied.config.images.flatMap((image) =>
    image.references.length > 0
      ? []
      : Object.entries(evaluateImageTags(image, event, { now }).variants).map(
          ([variant, own]) => [variant === '' ? image.name : `${image.name}/${variant}`, own] as const,
        ),
  );
  return assemblePlan(applied.config, factsOf({ event, tags: Object.fromEntries(tags) }), applied);
}

function planOn(yaml: string, written: WrittenEvent, changes: Partial<EventFacts> = {}): Plan {
  return pushOf(yaml, { ...simulateEvent(written, base), ...changes });
}

function repositoriesOf(plan: Plan): readonly Extract<Destination, { readonly kind: 'repository' }>[] {
  return plan.releases.flatMap(({ destinations }) =>
    destinations.flatMap((destination) => (destination.kind === 'repository' ? [destination] : [])),
  );
}

function tagsOf(plan: Plan): readonly string[] {
  return repositoriesOf(plan).flatMap(({ tags }) => tags);
}

const wayE = `
repositories: [ghcr.io/acme/app, {name: docker.io/acme/app, required: false}]
tags:
  - type=semver,pattern={{version}}
  - type=semver,pattern={{major}}.{{minor}}
  - type=semver,pattern={{major}}
  - type=match,pattern=^dev\\.\\d+$
  - type=ref,event=branch
  - type=ref,event=pr
  - type=raw,value=latest,enable={{is_default_branch}}
  - type=sha
flavor: latest=false
`;

describe('the tags of way E', () => {
  test.each<[string, WrittenEvent, readonly string[]]>([
    ['v1.2.3', onTag('v1.2.3'), ['1.2.3', '1.2', '1', 'sha-cd65417']],
    ['v2.0.0-beta', onTag('v2.0.0-beta'), ['2.0.0-beta', 'sha-cd65417']],
    ['main', onMain, ['main', 'latest', 'sha-cd65417']],
    ['dev.1', onTag('dev.1'), ['dev.1', 'sha-cd65417']],
    ['feature/foo', { ref: 'refs/heads/feature/foo' }, ['feature-foo', 'sha-cd65417']],
    ['pull request 7', { name: 'pull_request', ref: 'refs/pull/7/merge' }, ['pr-7', 'sha-cd65417']],
  ])('of %s come in both repositories', (_, event, tags) => {
    expect(repositoriesOf(planOn(wayE, event))).toEqual([
      { kind: 'repository', repository: 'ghcr.io/acme/app', tags, required: true },
      { kind: 'repository', repository: 'docker.io/acme/app', tags, required: false },
    ]);
  });
});

const names = ['minimal', 'redis', 'postgres', 'mysql', 'sqlite', 'kafka', 'full', 'debug'];
const wayD = `
repositories: [ghcr.io/acme/app, docker.io/acme/app, quay.io/acme/app]
variants: {minimal: {default: true}, ${names.slice(1).join(': {}, ')}: {}}
tags:
  - type=semver,pattern={{version}}
  - type=semver,pattern={{major}}.{{minor}}
  - type=semver,pattern={{major}}
  - type=ref,event=branch
  - type=raw,value=latest,enable={{is_default_branch}}
`;

describe('the tags of way D', () => {
  test.each<[string, WrittenEvent, readonly string[]]>([
    ['v1.0.0', onTag('v1.0.0'), ['1.0.0', '1.0', '1', 'latest']],
    ['v2.0.0-beta', onTag('v2.0.0-beta'), ['2.0.0-beta']],
    ['main', onMain, ['main', 'latest']],
  ])('of %s come for all eight variants in three registries', (_, event, tags) => {
    const plan = planOn(wayD, event);

    expect(plan.releases.map(({ variant }) => variant)).toEqual(names);
    for (const release of plan.releases) {
      const own = tags.map((tag) => `${tag}-${release.variant}`);
      expect(repositoriesOf({ ...plan, releases: [release] })).toEqual(
        ['ghcr.io', 'docker.io', 'quay.io'].map((registry) => ({
          kind: 'repository',
          repository: `${registry}/acme/app`,
          tags: release.variant === 'minimal' ? [...tags, ...own] : own,
          required: true,
        })),
      );
    }
  });
});

const wayA = `
repositories: [ghcr.io/acme/agents]
variants:
  python: {args: {BASE: "python:3.12-slim"}}
  java: {args: {BASE: "eclipse-temurin:17-jre"}, latest: false}
  golang: {args: {BASE: "golang:1.24"}, latest: false}
tags:
  - type=sha,format=long,prefix=
  - type=raw,value=latest,enable={{is_default_branch}}
architectureTags: true
`;

describe('the tags of way A', () => {
  const variants = ['python', 'java', 'golang'];
  const single = variants.flatMap((name) => [`${sha}-${name}-amd64`, `${sha}-${name}-arm64`]);
  const merged = variants.map((name) => `${sha}-${name}`);

  test.each<[string, WrittenEvent, readonly string[]]>([
    ['the default branch', onMain, ['latest-python']],
    ['another branch', { ref: 'refs/heads/dev' }, []],
  ])('on %s are these and no others', (_, event, moving) => {
    const found = repositoriesOf(planOn(wayA, event));
    const byCell = found.flatMap(({ architectureTags = {} }) => Object.values(architectureTags).flat());

    expect(byCell).toEqual(single);
    expect(found.flatMap(({ tags }) => tags).toSorted()).toEqual([...merged, ...moving].toSorted());
  });

  test('of one platform stand with the cell they are of', () => {
    expect(repositoriesOf(planOn(wayA, onMain))[0]?.architectureTags).toEqual({
      'agents/python/linux/amd64': [`${sha}-python-amd64`],
      'agents/python/linux/arm64': [`${sha}-python-arm64`],
    });
  });
});

const plain = 'repositories: [ghcr.io/acme/app]\n';

function rawTag(tag: string): string {
  return `${plain}tags: ["type=raw,value=${tag}"]\n`;
}

describe('the tags of a push', () => {
  test('are those of docker/metadata-action where no rule is written', () => {
    expect(tagsOf(planOn(plain, onMain))).toEqual(['main']);
    expect(tagsOf(planOn(plain, onTag('v1.2.3')))).toEqual(['v1.2.3', 'latest']);
    expect(tagsOf(planOn(plain, { name: 'schedule' }))).toEqual(['nightly', 'main']);
  });

  test('are latest of every variant where no rule is asked', () => {
    const config = parseConfig(`${plain}variants: {a: {default: true}, b: {}, c: {prefix: c-}}\n`, {
      file: 'polyarch.yaml',
      folderName: 'app',
    });

    expect(tagsOf(assemblePlan(config, factsOf(), { push: true, load: false }))).toEqual([
      'latest',
      'latest-a',
      'latest-b',
      'c-latest',
    ]);
  });

  test('are those of -t, which goes before repositories and rules', () => {
    const plan = pushOf(wayE, simulateEvent(onMain, base), {
      push: true,
      tags: ['quay.io/acme/app:1.2', 'docker.io/acme/app'],
    });

    expect(repositoriesOf(plan).map(({ repository, tags }) => [repository, tags])).toEqual([
      ['quay.io/acme/app', ['1.2']],
      ['docker.io/acme/app', ['latest']],
    ]);
  });

  test('carry how the repository is reached and what may not move', () => {
    const yaml = `
repositories: [{name: "localhost:5000/app", insecure: true, public: true}]
tags: ["type=semver,pattern={{version}}", "type=semver,pattern={{major}}", type=sha]
immutable: [semver]
variants: {a: {default: true}, b: {}}
`;
    const [first, second] = repositoriesOf(planOn(yaml, onTag('v1.2.3')));

    expect(first).toMatchObject({ insecure: true, public: true, immutable: ['1.2.3', '1.2.3-a'] });
    expect(second?.tags).toEqual(['1.2.3-b', '1-b', 'sha-cd65417-b', 'latest-b']);
    expect(second?.immutable).toEqual(['1.2.3-b']);
  });

  test('stay away where a pull request comes from a fork, and come where it does not', () => {
    const event: WrittenEvent = { name: 'pull_request', ref: 'refs/pull/7/merge' };
    const fork = planOn(wayE, event, { pullRequest: { number: 7, isFork: true } });

    expect(tagsOf(planOn(wayE, event))).toContain('pr-7');
    expect(tagsOf(fork)).toEqual([]);
    expect(fork.releases[0]?.leftOut).toEqual(
      ['ghcr.io/acme/app', 'docker.io/acme/app'].map((repository) => ({
        repository,
        reason: 'the pull request comes from a fork',
      })),
    );
  });

  test('stay away from a fork that names them with -t', () => {
    const event = { ...simulateEvent({ name: 'pull_request' }, base), pullRequest: { number: 7, isFork: true } };

    expect(tagsOf(pushOf(plain, event, { push: true, tags: ['ghcr.io/acme/app:1'] }))).toEqual([]);
  });

  test('are none where a pull request has no rule, and that is said', () => {
    const plan = planOn(`${plain}tags: [type=edge]\n`, { name: 'pull_request' });

    expect(tagsOf(plan)).toEqual([]);
    expect(plan.releases[0]?.leftOut[0]?.reason).toBe('no tag rule is about pull requests');
  });
});

describe('on disk', () => {
  const event = simulateEvent(onTag('v1.2.3'), base);

  test('an output that was asked for has the tags of the rules, as the variant has them', () => {
    const yaml = `${plain}tags: ["type=semver,pattern={{version}}"]\nvariants: {a: {}, b: {}}\noutput: "oci:out"\n`;
    const plan = pushOf(yaml, event, {});

    expect(plan.releases.map(({ destinations }) => destinations)).toEqual([
      [{ kind: 'oci', path: '/project/out', tags: ['1.2.3-a', 'latest-a'] }],
      [{ kind: 'oci', path: '/project/out', tags: ['1.2.3-b', 'latest-b'] }],
    ]);
  });

  test('the usual layout has the usual tag, and the Docker Engine names of the primary repository', () => {
    const plan = pushOf(wayE, event, { load: true });

    expect(pushOf(wayE, event, {}).releases[0]?.destinations).toMatchObject([{ kind: 'oci', tags: ['latest'] }]);
    expect(plan.releases[0]?.destinations).toMatchObject([
      { kind: 'docker', tags: ['1.2.3', '1.2', '1', 'sha-cd65417'].map((tag) => `ghcr.io/acme/app:${tag}`) },
    ]);
  });
});

describe('assemblePlan', () => {
  test('refuses a push for which no rule gives a tag, with the event', () => {
    const yaml = `${plain}tags: ["type=semver,pattern={{version}}"]\n`;

    expect(tagsOf(planOn(yaml, onTag('v1.2.3')))).toEqual(['1.2.3', 'latest']);
    expect(() => planOn(yaml, onMain)).toThrow(
      expect.objectContaining({
        code: 'TAGS_EMPTY',
        message: 'Cannot push "app": no tag rule gives a tag, and the event is push on "refs/heads/main"',
      }),
    );
  });

  test.each([
    ['a'.repeat(200), 'has 200 characters'],
    ['-a', 'begins with "-"'],
  ])('refuses the tag %s', (value, problem) => {
    expect(tagsOf(planOn(rawTag('a'.repeat(128)), onMain))).toEqual(['a'.repeat(128)]);
    expect(() => planOn(rawTag(value), onMain)).toThrow(
      expect.objectContaining({ code: 'TAG_UNUSABLE', message: expect.stringContaining(problem) }),
    );
  });

  test('refuses a tag that only its architecture makes too long', () => {
    expect(() => planOn(`${rawTag('a'.repeat(128))}architectureTags: true\n`, onMain)).toThrow(
      expect.objectContaining({ code: 'TAG_UNUSABLE' }),
    );
  });

  test('gives order, annotations and labels of the event, the user before them', () => {
    const yaml = `${wayE}labels: {org.opencontainers.image.title: mine}\nannotations: {"index:org.opencontainers.image.version": mine}\n`;
    const plan = planOn(yaml, onTag('v1.2.3'), { runNumber: 5, repository: { fullName: 'acme/app', license: 'MIT' } });
    const created = '2026-03-04T08:00:00.000Z';

    expect(plan.releases[0]?.order).toEqual({ version: '1.2.3', commit: sha, commitDate: created });
    expect(plan.releases[0]?.annotations).toEqual({
      'org.opencontainers.image.title': 'app',
      'org.opencontainers.image.version': 'mine',
      'org.opencontainers.image.revision': sha,
      'org.opencontainers.image.created': created,
      'org.opencontainers.image.licenses': 'MIT',
      'dev.polyarch.order.version': '1.2.3',
      'dev.polyarch.order.commit': sha,
      'dev.polyarch.order.commit-date': created,
    });
    expect(plan.cells[0]?.recipe.labels).toMatchObject({
      'org.opencontainers.image.title': 'mine',
      'org.opencontainers.image.version': '1.2.3',
    });
  });

  test('orders releases of a branch by the run, and tells which labels pass', () => {
    const plan = planOn(wayE, onMain, { runNumber: 5 });

    expect(plan.releases[0]?.order).toMatchObject({ commit: sha, runNumber: 5 });
    expect(plan.cells[0]?.recipe.eventLabels).toEqual([
      'org.opencontainers.image.revision',
      'org.opencontainers.image.created',
      'org.opencontainers.image.version',
    ]);
    expect(planOn(wayE, onTag('v1.2.3')).cells[0]?.recipe.eventLabels).not.toContain(
      'org.opencontainers.image.version',
    );
  });

  test('takes the version of -t where there are no rules', () => {
    const [version, other] = ['v1.2.3', '1.2.3-alpine'].map((tag) =>
      pushOf(plain, noEvent, { push: true, tags: [`ghcr.io/acme/app:${tag}`] }),
    );

    expect(version?.releases[0]?.order).toEqual({ version: '1.2.3' });
    expect(other?.releases[0]?.order).toEqual({});
  });
});
