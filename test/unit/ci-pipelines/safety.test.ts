import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { globPattern } from '../../../src/ci/glob-pattern.ts';
import { renderGithub } from '../../../src/ci/render-github.ts';
import { findMisplaced, parseGroovy } from '../../support/groovy-structure.ts';
import { pipelineOf, renderedOf } from '../../support/pipeline-of.ts';

const image = 'image: ghcr.io/acme/app\n';

interface WorkflowStep {
  readonly uses?: string;
  readonly run?: string;
  readonly if?: string;
  readonly 'continue-on-error'?: boolean;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Workflow {
  readonly concurrency?: { readonly group: string };
  readonly jobs: Readonly<
    Record<string, { readonly permissions: Readonly<Record<string, string>>; readonly steps: readonly WorkflowStep[] }>
  >;
}

function workflowOf(yaml: string): Workflow {
  return parse(renderedOf('github', yaml)) as Workflow;
}

function stepsOf(yaml: string, job: string): readonly WorkflowStep[] {
  return workflowOf(yaml).jobs[job]?.steps ?? [];
}

function loginsOf(yaml: string, job = 'build'): readonly WorkflowStep[] {
  return stepsOf(yaml, job).filter(({ uses }) => uses?.startsWith('docker/login-action'));
}

describe('a workflow of GitHub', () => {
  test('lets pull requests of the repository itself read its packages, whether or not it is a fork of another', () => {
    const [login] = loginsOf(image);

    expect(login?.if).toContain('github.event.pull_request.head.repo.full_name == github.repository');
    expect(loginsOf(image, 'publish')[0]).not.toHaveProperty('if');
  });

  test('goes on without a registry that may be left out, and not without one that is required', () => {
    const [required, optional] = loginsOf(`repositories: [ghcr.io/a/b, {name: docker.io/a/b, required: false}]`);

    expect(required).not.toHaveProperty('continue-on-error');
    expect(optional).toHaveProperty('continue-on-error', true);
  });

  test('lets no job read the source that does not check it out', () => {
    const { jobs } = workflowOf(`${image}ci: {pullRequest: {comment: true}}`);

    expect(jobs['plan']?.permissions).toEqual({ contents: 'read', packages: 'read' });
    expect(jobs['build']?.permissions).toEqual({ contents: 'read', packages: 'write' });
    expect(jobs['publish']?.permissions).toEqual({ packages: 'write', 'id-token': 'write', attestations: 'write' });
    expect(jobs['report']?.permissions).toEqual({ 'pull-requests': 'write' });
  });

  test('clears what an earlier run left on a machine of one’s own before it publishes', () => {
    expect(stepsOf(`${image}ci: {provider: self-hosted}`, 'publish')[0]?.run).toBe('rm -rf .polyarch');
    expect(stepsOf(image, 'publish')[0]?.run).toBeUndefined();
  });

  test('names no builder, so that no other job of the machine takes it away', () => {
    const step = stepsOf(image, 'build').find(({ uses }) => uses?.startsWith('docker/setup-buildx-action'));

    expect(step).toBeDefined();
    expect(step).not.toHaveProperty('with');
  });

  test('names the parts by the attempt that planned them', () => {
    const upload = stepsOf(image, 'build').at(-1);
    const download = stepsOf(image, 'publish').filter(({ uses }) => uses?.includes('download-artifact'))[1];

    expect(upload?.with?.['name']).toBe('polyarch-part-${{ needs.plan.outputs.attempt }}-${{ matrix.name }}');
    expect(download?.with?.['pattern']).toBe('polyarch-part-${{ needs.plan.outputs.attempt }}-*');
    expect(renderedOf('github', image)).toContain('attempt: ${{ github.run_attempt }}');
  });

  test("tells buildx of the second interface of GitHub's cache", () => {
    expect(renderedOf('github', `${image}cache: gha`)).toContain('ACTIONS_CACHE_SERVICE_V2');
  });

  test('ends older runs of a pull request as a whole, and no run of a branch', () => {
    expect(workflowOf(image).concurrency?.group).toContain('github.event.pull_request.number || github.run_id');
  });

  function groupsAndArtifacts(text = ''): readonly string[] {
    return [...text.matchAll(/(?:group: '|name: '?|pattern: ')(\S*polyarch-\S*)/g)].map(([all]) => all);
  }

  test('that others call shares no group and no artifact with that of another image', () => {
    const [one, other] = ['one', 'other'].map((name) =>
      renderGithub(pipelineOf(`image: ghcr.io/acme/${name}`), { isReusable: true }),
    );
    const names = groupsAndArtifacts(one);
    expect(names.length).toBeGreaterThanOrEqual(7);
    expect(names.filter((name) => groupsAndArtifacts(other).includes(name))).toEqual([]);
    expect(one?.replaceAll('\n# ', ' ')).toContain(
      'permissions: { contents: read, packages: write, id-token: write, attestations: write }`, and `secrets: inherit`.',
    );
  });
});

describe('a pipeline in a folder with an odd name', () => {
  test.each([
    ['a b', '"a b"'],
    ['$(x)', '"\\$(x)"'],
    ['a/b-1.2', 'a/b-1.2'],
  ])('takes %j as one word', (folder, word) => {
    const root = `/repo/${folder}`;
    const text = renderedOf('github', image, { root, dockerfiles: { [`${root}/Dockerfile`]: 'FROM scratch\n' } });
    const run = stepsRun(text);

    expect(run).toContain(` plan ${word} `);
  });

  test('stays one text of Groovy', () => {
    const root = "/repo/it's $(x)";
    const text = renderedOf('jenkins', image, { root, dockerfiles: { [`${root}/Dockerfile`]: 'FROM scratch\n' } });

    expect(findMisplaced(parseGroovy(text))).toEqual([]);
    expect(text).toContain(String.raw`plan "it\'s \\$(x)" $WHAT`);
  });

  test('gives labels with commas as they are', () => {
    const { build } = parse(renderedOf('gitlab', 'ci: {runners: {linux/amd64: "a, {b}"}}')) as {
      readonly build: { readonly parallel: { readonly matrix: readonly Readonly<Record<string, string>>[] } };
    };

    expect(build.parallel.matrix[0]?.['RUNNER']).toBe('a, {b}');
  });

  function stepsRun(text: string): string {
    return ((parse(text) as Workflow).jobs['plan']?.steps ?? []).map(({ run = '' }) => run).join('\n');
  }
});

describe('a pipeline of GitLab', () => {
  function changesOf(yaml: string): unknown {
    const { workflow } = parse(renderedOf('gitlab', yaml)) as {
      readonly workflow: { readonly rules: readonly { readonly changes?: unknown }[] };
    };
    return workflow.rules[0]?.changes;
  }

  test('looks at what lies below a folder at any depth', () => {
    expect(changesOf(image)).toContain('src/**/*');
    expect(changesOf(image)).not.toContain('src/**');
  });

  test('takes every change where there are more paths than GitLab takes', () => {
    const paths = Array.from({ length: 60 }, (_empty, at) => `lib-${at}/**`);

    expect(changesOf(`${image}ci: {paths: [${paths.slice(0, 20).join(', ')}]}`)).toContain('lib-19/**/*');
    expect(changesOf(`${image}ci: {paths: [${paths.join(', ')}]}`)).toBeUndefined();
  });

  test('starts for branches by a pattern', () => {
    const text = renderedOf('gitlab', `${image}ci: {branches: [main, release/*]}`);

    expect(text).toContain('$CI_COMMIT_BRANCH == "main" || $CI_COMMIT_BRANCH =~ /^release\\/[^\\/]*$/');
  });

  test('gives an empty secret where a fork has none, and goes on without a registry that may be left out', () => {
    const text = renderedOf(
      'gitlab',
      'repositories: [quay.io/a/b, {name: docker.io/a/b, required: false}]\nsecrets: [{id: npm, env: NPM_TOKEN}]',
    );

    expect(text).toContain('export NPM_TOKEN="${NPM_TOKEN-}"');
    expect(text).toMatch(/--password-stdin docker\.io \|\| echo/);
    expect(text).toMatch(/--password-stdin quay\.io$/m);
  });
});

describe('a pipeline of Jenkins', () => {
  test('publishes the branches and tags of the config, and nothing else that a branch source finds', () => {
    const text = renderedOf(
      'jenkins',
      `${image}ci: {branches: [main, release/*]}\ntags: ["type=semver,pattern={{version}}"]`,
    );

    expect(text).toContain("env.BRANCH_NAME ==~ '^main$' || env.BRANCH_NAME ==~ '^release/[^/]*$'");
    expect(text).toContain("if (env.TAG_NAME) return env.TAG_NAME ==~ '^v?[0-9].*'");
    expect(text).toContain('expression { isPublished() }');
    expect(renderedOf('jenkins', `${image}tags: [type=sha]`)).toContain('if (env.TAG_NAME) return false');
  });

  test('goes no further with a build that was ended', () => {
    const text = renderedOf('jenkins', image);

    expect(text.match(/catchError\(/g)).toHaveLength(1);
    expect(text).toContain("catchError(buildResult: 'FAILURE', stageResult: 'FAILURE', catchInterruptions: false)");
  });

  test('gives a fork no secrets', () => {
    const text = renderedOf('jenkins', `${image}secrets: [{id: npm, env: NPM_TOKEN}]`);

    expect(text).toContain("withCredentials(env.CHANGE_FORK ? [] : [string(credentialsId: 'NPM_TOKEN'");
    expect(text.match(/credentialsId: 'NPM_TOKEN'/g)).toHaveLength(1);
  });

  test('keeps the logins of jobs of one agent apart', () => {
    const text = renderedOf('jenkins', image);

    expect(text.match(/DOCKER_CONFIG = "\$\{WORKSPACE\}\/\.polyarch\/docker"/g)).toHaveLength(4);
    expect(text).not.toContain('docker logout');
  });

  test('ends older builds of a pull request, and starts by the clock for one branch alone', () => {
    const text = renderedOf('jenkins', `${image}ci: {schedule: "0 4 * * 1"}`);

    expect(text).toContain('if (env.CHANGE_ID) properties([disableConcurrentBuilds(abortPrevious: true)])');
    expect(text).toContain("cron(!env.BRANCH_NAME || env.BRANCH_IS_PRIMARY == 'true' ? '0 4 * * 1' : '')");
  });
});

describe('globPattern', () => {
  test.each([
    ['main', 'main', true],
    ['main', 'mainly', false],
    ['release/*', 'release/1', true],
    ['release/*', 'release/1/x', false],
    ['release/**', 'release/1/x', true],
    ['v1.*', 'v1.2', true],
    ['v1.*', 'v102', false],
    ['[0-9]*', '12', true],
    ['a(b)', 'a(b)', true],
    ['v1+', 'v11', true],
  ])('of %s takes %s: %s', (glob, name, isTaken) => {
    expect(new RegExp(globPattern(glob)).test(name)).toBe(isTaken);
  });
});
