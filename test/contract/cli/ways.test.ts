import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Plan } from '../../../src/plan/plan.ts';
import { openWorkspace } from '../../support/run-program.ts';

const ways = join(import.meta.dirname, '../../../examples/ways');
const sha = 'cd65417f2b1e4a5c8d9e0f1a2b3c4d5e6f708192';
const event = {
  repository: { default_branch: 'main', full_name: 'acme/app', html_url: 'https://github.com/acme/app' },
};

/** Plans of the examples as the first job of their pipelines makes them, for an event of GitHub. */
describe('the plan of', () => {
  const workspace = openWorkspace({ 'event.json': JSON.stringify(event) });
  afterAll(() => workspace.remove());

  async function planOf(way: string, ref: string, variables: Readonly<Record<string, string>> = {}): Promise<Plan> {
    const flags = ['--push', '--no-moves', '--out', 'plan.json', '--matrix'];
    const run = await workspace.run(['plan', join(ways, way), ...flags], {
      env: {
        CI: 'true',
        GITHUB_ACTIONS: 'true',
        GITHUB_EVENT_NAME: 'push',
        GITHUB_EVENT_PATH: join(workspace.folder, 'event.json'),
        GITHUB_REF: ref,
        GITHUB_REPOSITORY: 'acme/app',
        GITHUB_SHA: sha,
        ...variables,
      },
    });
    expect(run).toMatchObject({ exitCode: 0 });
    return JSON.parse(readFileSync(join(workspace.folder, 'plan.json'), 'utf8')) as Plan;
  }

  /** Every tag of every repository, architecture tags too. */
  function tagsOf({ releases }: Plan): Readonly<Record<string, readonly string[]>> {
    const found: Record<string, string[]> = {};
    for (const destination of releases.flatMap(({ destinations }) => destinations)) {
      if (destination.kind !== 'repository') throw new Error(`It goes to ${destination.kind}`);
      const { repository, tags, architectureTags = {} } = destination;
      (found[repository] ??= []).push(...tags, ...Object.values(architectureTags).flat());
    }
    return Object.fromEntries(Object.entries(found).map(([name, tags]) => [name, tags.toSorted()]));
  }

  const variants = ['golang', 'java', 'python'];
  const shaTags = variants.flatMap((name) => [`${sha}-${name}`, `${sha}-${name}-amd64`, `${sha}-${name}-arm64`]);

  test.each([
    ['refs/heads/main', [...shaTags, 'latest-python']],
    ['refs/heads/topic', shaTags],
  ])('way A has its tags, and latest-python on the default branch alone: %s', async (ref, tags) => {
    const plan = await planOf('a', ref);

    expect(plan.cells.map(({ id }) => id).toSorted()).toEqual(
      variants.flatMap((name) => [`runtime/${name}/linux/amd64`, `runtime/${name}/linux/arm64`]),
    );
    expect(tagsOf(plan)).toEqual({ 'ghcr.io/acme/runtime': tags });
  });

  test.each([
    ['refs/tags/v1.0.0', ['1', '1.0', '1.0.0', 'sha-cd65417']],
    ['refs/tags/v1.2.3', ['1', '1.2', '1.2.3', 'sha-cd65417']],
    ['refs/tags/v2.0.0-beta', ['2.0.0-beta', 'sha-cd65417']],
    ['refs/heads/main', ['latest', 'main', 'sha-cd65417']],
    ['refs/heads/dev.1', ['dev.1', 'sha-cd65417']],
    ['refs/tags/dev.1', ['dev.1', 'sha-cd65417']],
    ['refs/heads/feature/foo', ['feature-foo', 'sha-cd65417']],
  ])('way E has its tags for %s, in the second registry where it is set', async (ref, tags) => {
    const alone = await planOf('e', ref);
    const both = await planOf('e', ref, { DOCKERHUB_USERNAME: 'acme' });

    expect(tagsOf(alone)).toEqual({ 'ghcr.io/acme/server': tags });
    expect(alone.releases[0]?.leftOut).toHaveLength(1);
    expect(tagsOf(both)).toEqual({ 'ghcr.io/acme/server': tags, 'docker.io/acme/server': tags });
    expect(both.releases[0]?.leftOut).toEqual([]);
  });

  test.each([
    ['refs/tags/v1.0.0', ['1.0.0', '1.0', '1', 'latest']],
    ['refs/tags/v2.0.0-beta', ['2.0.0-beta']],
    ['refs/heads/main', ['main', 'latest']],
  ])('way D has eight variants in three registries for %s', async (ref, versions) => {
    const named = ['base', 'redis', 'postgres', 'mysql', 'git', 'curl', 'python', 'node'];
    const tags = versions.flatMap((version) => [version, ...named.map((name) => `${version}-${name}`)]).toSorted();

    const plan = await planOf('d', ref, { QUAY_USERNAME: 'acme' });

    expect(plan.cells).toHaveLength(16);
    expect(tagsOf(plan)).toEqual({
      'registry.gitlab.com/acme/toolbox': tags,
      'docker.io/acme/toolbox': tags,
      'quay.io/acme/toolbox': tags,
    });
    expect(Object.keys(tagsOf(await planOf('d', ref)))).not.toContain('quay.io/acme/toolbox');
  });

  test('way C has its one tag', async () => {
    expect(tagsOf(await planOf('c', 'refs/heads/main'))).toEqual({ 'docker.io/acme/hello': ['latest'] });
  });

  test('way B has no architecture tags; its builders are not asked for a table of events', async () => {
    const { value } = await workspace.json(['plan', '--events', join(ways, 'b')]);

    expect(value).toContainEqual({
      event: 'tag v1.2.3',
      release: 'gateway',
      tags: ['1.2.3', 'sha-0123456', 'latest'],
    });
  });
});
