import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } from '@actions/workflow-parser';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { renderGithub } from '../../../src/ci/render-github.ts';
import { yamlText } from '../../../src/ci/yaml-text.ts';
import { pipelineOf, renderedOf } from '../../support/pipeline-of.ts';

async function complaints(content: string): Promise<readonly string[]> {
  const { context, value } = parseWorkflow({ name: 'workflow.yml', content }, new NoOperationTraceWriter());
  if (value !== undefined) await convertWorkflowTemplate(context, value);
  return context.errors.getErrors().map(({ message }) => message);
}

const repository = 'image: ghcr.io/acme/app\n';

describe('renderGithub', () => {
  test.each([
    ['the usual', repository],
    ['no repository', 'context: .'],
    ["Blacksmith's machines", `${repository}ci: {provider: blacksmith}`],
    ['machines of one’s own', `${repository}ci: {provider: self-hosted, runners: {linux/s390x: [self-hosted, z]}}`],
    ['platforms without a machine', `${repository}platforms: [linux/amd64, linux/s390x, linux/arm/v7]`],
    ["GitHub's cache", `${repository}cache: gha`],
    ['a schedule and variables', `${repository}ci: {schedule: "0 4 * * 1", env: {A: "yes", B: "a: b # c"}}`],
    ['several registries', 'repositories: [docker.io/a/b, {name: quay.io/a/b, when: env.QUAY_USERNAME}]'],
  ])('gives what its own parser accepts for %s', async (_what, config) => {
    expect(await complaints(renderedOf('github', config))).toEqual([]);
  });

  test('gives Blacksmith its machines and its own builder', () => {
    const text = renderedOf('github', `${repository}ci: {provider: blacksmith}`);

    expect(text).toContain('runs-on: blacksmith-8vcpu-ubuntu-2404\n');
    expect(text).toContain("with: { cache-key: '${{ github.repository }}-${{ matrix.name }}' }");
    expect(text).not.toContain('docker/setup-buildx-action');
  });

  test('starts no builder where polyarch puts the images together by itself', () => {
    const dockerfiles = { '/repo/Dockerfile': 'FROM scratch\nCOPY src /src\n' };

    expect(renderedOf('github', repository, { dockerfiles })).not.toContain('setup-buildx');
    expect(renderedOf('github', repository)).toContain('setup-buildx');
    expect(renderedOf('gitlab', repository, { dockerfiles })).not.toContain('dind');
    expect(renderedOf('gitlab', repository)).toContain('dind');
  });

  test('keeps what GitHub shows to actions alone from every job but those with its cache', () => {
    expect(renderedOf('github', repository)).not.toContain('ACTIONS_RUNTIME_TOKEN');
    expect(renderedOf('github', `${repository}cache: gha`)).toContain('ACTIONS_RUNTIME_TOKEN');
  });

  test('lets secrets into the one step that builds', () => {
    const text = renderedOf('github', `${repository}secrets: [{id: npm, env: NPM_TOKEN}]`);

    expect(text.match(/secrets\.NPM_TOKEN/g)).toHaveLength(1);
    expect(text).toContain("- env: { CELL: '${{ matrix.cell }}', NPM_TOKEN: '${{ secrets.NPM_TOKEN }}' }");
  });

  test('is a workflow that others call when it is to be', async () => {
    const pipeline = pipelineOf('repositories: [ghcr.io/acme/app, docker.io/acme/app]');
    const text = renderGithub(pipeline, { isReusable: true });
    const { on } = parse(text) as { readonly on: { readonly workflow_call: object } };

    expect(await complaints(text)).toEqual([]);
    expect(Object.keys(on)).toEqual(['workflow_call']);
    expect(on.workflow_call).toMatchObject({
      inputs: { push: { type: 'boolean', default: true } },
      secrets: { DOCKERHUB_USERNAME: { required: false }, DOCKERHUB_TOKEN: { required: false } },
    });
    expect(text).toContain("!startsWith(github.event_name, 'pull_request') && inputs.push && '--push'");
    expect(renderGithub(pipeline, { isReusable: false })).not.toContain('inputs.push');
  });
});

/** Goldens of what no example shows; `UPDATE_GOLDENS=1` writes them anew. */
function expectPipeline(name: string, text: string): void {
  const file = join(import.meta.dirname, '../../corpus/pipelines', name);
  if (process.env['UPDATE_GOLDENS'] === '1') writeFileSync(file, text);
  expect(text).toBe(readFileSync(file, 'utf8'));
}

describe('the goldens', () => {
  const everything = [
    'repositories: [ghcr.io/acme/app, { name: quay.io/acme/app, when: env.QUAY_USERNAME }]',
    'platforms: [linux/amd64, linux/arm64, linux/arm/v7, linux/s390x]',
    'cache: gha',
    'secrets: [{ id: npm, env: NPM_TOKEN }]',
    'ci:',
    '  provider: blacksmith',
    '  branches: [main, release/*]',
    '  schedule: 0 4 * * 1',
    '  runners: { linux/s390x: [self-hosted, mainframe] }',
    '  env: { GOFLAGS: -mod=mod }',
    '  pullRequest: { platforms: [linux/amd64, linux/arm64], comment: true }',
  ].join('\n');

  test.each([
    ['everything.github.yml', 'github'],
    ['everything.gitlab-ci.yml', 'gitlab'],
    ['everything.Jenkinsfile', 'jenkins'],
  ] as const)('%s is what a config that says much gives', (name, service) => {
    expectPipeline(name, renderedOf(service, everything));
  });

  test('reusable.github.yml is what others call', () => {
    expectPipeline('reusable.github.yml', renderGithub(pipelineOf(everything), { isReusable: true }));
  });

  test.each(['everything.github.yml', 'reusable.github.yml'])("%s is accepted by GitHub's own parser", async (name) => {
    const text = readFileSync(join(import.meta.dirname, '../../corpus/pipelines', name), 'utf8');

    expect(await complaints(text)).toEqual([]);
  });
});

describe('a project without a repository', () => {
  test.each(['github', 'gitlab', 'jenkins'] as const)('is built by %s, and nothing of it is pushed', (service) => {
    expect(renderedOf(service, 'context: .')).not.toContain('--push');
    expect(renderedOf(service, 'context: .')).toContain(' build --from ');
    expect(renderedOf(service, 'image: quay.io/a/b')).toContain('--push');
  });
});

describe('renderGitlab', () => {
  test('names every label of a machine where some have several', () => {
    const text = renderedOf('gitlab', 'ci: {runners: {linux/arm64: [arm, big]}}');
    const { build } = parse(text) as { readonly build: { readonly tags: unknown; readonly parallel: unknown } };

    expect(build.tags).toEqual(['$RUNNER_1', '$RUNNER_2']);
    expect(build.parallel).toMatchObject({
      matrix: [
        { RUNNER_1: 'saas-linux-small-amd64', RUNNER_2: 'saas-linux-small-amd64' },
        { RUNNER_1: 'arm', RUNNER_2: 'big' },
      ],
    });
  });

  test('takes variables of the config over its own', () => {
    const { variables } = parse(renderedOf('gitlab', 'ci: {env: {DOCKER_HUB: docker.io}}')) as Record<string, unknown>;

    expect(variables).toMatchObject({ DOCKER_HUB: 'docker.io', POLYARCH: 'polyarch@1.2.3' });
  });
});

describe('yamlText', () => {
  test.each([
    'plain',
    'yes',
    'null',
    '1',
    '1.5',
    '0x1f',
    '12:30',
    '2026-01-01',
    'a: b',
    'a #b',
    '',
    ' a',
    'a:',
    "it's",
    '*',
    '&a',
    '!x',
    '[a',
    '{a',
    '- a',
    '%a',
    '@a',
    '`a',
    '"a"',
    '${{ a }}',
    '$A',
    '~',
    '<<',
    '=',
    'tRue',
    'a\tb',
  ])('keeps %j as the text that it is', (text) => {
    expect(parse(`- ${yamlText(text)}\n`)).toEqual([text]);
  });
});
