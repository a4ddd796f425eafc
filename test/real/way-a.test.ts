import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import type { Plan } from '../../src/plan/plan.ts';
import type { Summary } from '../../src/report/summary.ts';
import { pushShellImage } from './support/busybox-image.ts';
import { craneIndex, type JsonDescriptor } from './support/peer-image.ts';
import { type FleetNode, startFleetNode } from './support/second-node.ts';
import { useWorkbench } from './support/workbench.ts';

const example = join(import.meta.dirname, '../../examples/ways/a');
const bases = { python: 'python:3.12-slim', java: 'eclipse-temurin:21-jre', golang: 'golang:1.24-bookworm' };
const variants = Object.keys(bases);
const platforms = ['linux/amd64', 'linux/arm64'];
const nodes = { 'linux/amd64': 'n1', 'linux/arm64': 'n2' };
const sha = '5a1c0ffee5a1c0ffee5a1c0ffee5a1c0ffee5a1c';
const dockerfile = [
  'ARG BASE',
  'FROM ${BASE}',
  'RUN uname -m > /machine',
  'COPY agent/ /opt/agent/',
  'ENTRYPOINT ["/opt/agent/run"]',
  '',
].join('\n');

/** The example of way A as it is, but for where its images lie and what builds them. */
describe('three variants for two platforms on a fleet of two nodes', () => {
  const workbench = useWorkbench();
  const repository = `${workbench.repositories}/runtime`;
  let second: FleetNode;
  let folder: string;

  beforeAll(async () => {
    second = await startFleetNode(workbench, 'second');
    for (const [language, name] of Object.entries(bases))
      await pushShellImage(workbench, { reference: `${workbench.repositories}/${name}`, language });
    const create = ['buildx', 'create', '--driver', 'remote'];
    await workbench.run('docker', [...create, '--name', 'n1', inject('buildkitAddress')]);
    await workbench.run('docker', [...create, '--name', 'n2', second.address]);
    folder = workbench.files('project', {
      Dockerfile: dockerfile,
      'polyarch.yaml': config(),
      'prepare.sh': readFileSync(join(example, 'prepare.sh')),
      'agent/run': readFileSync(join(example, 'agent/run')),
    });
  });

  function config(): string {
    let text = readFileSync(join(example, 'polyarch.yaml'), 'utf8').replace('ghcr.io/acme/runtime', repository);
    for (const name of Object.values(bases)) text = text.replace(name, `${workbench.repositories}/${name}`);
    const builders = platforms.map((platform, at) => `{name: n${at + 1}, slots: 2, platforms: [${platform}]}`);
    return `${text}emulation: allow\nbuilders: [${builders.join(', ')}]\n`;
  }

  /** The environment of a job of GitHub that was started by a push. */
  function pushTo(branch: string): Readonly<Record<string, string>> {
    const repositoryFacts = {
      default_branch: 'main',
      full_name: 'acme/runtime',
      html_url: 'https://github.com/acme/x',
    };
    const event = workbench.files(`event-${branch}`, { 'event.json': JSON.stringify({ repository: repositoryFacts }) });
    return {
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      GITHUB_EVENT_NAME: 'push',
      GITHUB_EVENT_PATH: join(event, 'event.json'),
      GITHUB_REF: `refs/heads/${branch}`,
      GITHUB_REPOSITORY: 'acme/runtime',
      GITHUB_SHA: sha,
    };
  }

  async function build(branch: string): Promise<Summary> {
    const text = await workbench.polyarch(['build', folder, '--push', '--json'], { env: pushTo(branch) });
    return JSON.parse(text) as Summary;
  }

  /** The tags that people see. */
  async function tags(): Promise<readonly string[]> {
    const listed = await workbench.run('crane', ['ls', repository]);
    return listed
      .trim()
      .split('\n')
      .filter((tag) => !/^(?:polyarch|buildcache)-/.test(tag))
      .sort();
  }

  /** What the BuildKit of a builder remembers to have built. */
  async function buildsOn(builder: string): Promise<readonly string[]> {
    const list = ['buildx', 'history', 'ls', '--builder', builder, '--format', '{{.Ref}}'];
    return (await workbench.run('docker', list)).split('\n').filter((line) => line !== '');
  }

  test('gives one tag a variant and one for each architecture; latest on the default branch alone', async () => {
    const plan = JSON.parse(
      await workbench.polyarch(['plan', folder, '--push', '--json'], { env: pushTo('topic') }),
    ) as Plan;
    const before = await buildsOn('n1');

    const onTopic = await build('topic');
    const topicTags = await tags();
    const onMain = await build('main');

    const expected = variants.flatMap((variant) => [
      `${sha}-${variant}`,
      ...['amd64', 'arm64'].map((architecture) => `${sha}-${variant}-${architecture}`),
    ]);
    expect(topicTags).toEqual(expected.sort());
    expect(await tags()).toEqual([...expected, 'latest-python'].sort());
    expect(plan.cells.map(({ platform, builder }) => [platform, builder])).toEqual(
      variants.flatMap(() => Object.entries(nodes)),
    );
    expect(onTopic.cells.map(({ id, state, builder }) => [id, state, builder])).toEqual(
      plan.cells.map(({ id, builder }) => [id, 'built', builder]),
    );
    const onFirst = (await buildsOn('n1')).filter((ref) => !before.includes(ref));
    expect([onFirst.length, (await buildsOn('n2')).length]).toEqual([variants.length, variants.length]);
    expect(onMain.cells.map(({ state }) => state)).toEqual(plan.cells.map(() => 'reused'));
  });

  test('each tag is an index of its platforms, and each image what its base and its platform are', async () => {
    for (const variant of variants) {
      const reference = `${repository}:${sha}-${variant}`;
      await workbench.run('crane', ['validate', '--remote', reference]);
      expect((await imagesOf(reference)).map(({ platform }) => platform)).toEqual([
        { os: 'linux', architecture: 'amd64' },
        { os: 'linux', architecture: 'arm64' },
      ]);
      for (const [platform, machine] of [
        ['linux/amd64', 'x86_64'],
        ['linux/arm64', 'aarch64'],
      ] as const) {
        const [entry] = await imagesOf(reference, platform);
        const alone = await workbench.run('crane', ['digest', `${reference}-${platform.slice('linux/'.length)}`]);
        expect(alone.trim()).toBe(entry?.digest);
        const files = 'tar -xO machine language opt/agent/run';
        const pipe = `crane export --platform ${platform} ${reference} - | ${files}`;
        const text = await workbench.run('sh', ['-c', pipe]);
        expect(text).toContain(machine);
        expect(text).toContain(variant);
        expect(text).toContain('agent of $(uname -m)');
      }
    }
    expect(await workbench.run('crane', ['digest', `${repository}:latest-python`])).toBe(
      await workbench.run('crane', ['digest', `${repository}:${sha}-python`]),
    );
  });

  /** The images of an index, without what attests them. */
  async function imagesOf(reference: string, platform?: string): Promise<readonly JsonDescriptor[]> {
    const { manifests } = await craneIndex(workbench, reference);
    return manifests.filter(
      ({ platform: { os, architecture } = { os: 'unknown', architecture: '' } }) =>
        os !== 'unknown' && (platform === undefined || platform === `${os}/${architecture}`),
    );
  }
});
