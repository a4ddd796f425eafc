import { describe, expect, test } from 'vitest';
import { actions, formatAction } from '../../../src/ci/actions.ts';
import { loginsFor } from '../../../src/ci/registry-login.ts';
import { unifiedDiff } from '../../../src/ci/unified-diff.ts';
import { pipelineOf } from '../../support/pipeline-of.ts';

function repository(name: string, when?: string) {
  return { name, required: true, public: false, insecure: false, ...(when === undefined ? {} : { when }) };
}

describe('assemblePipeline', () => {
  test('gives a publishing job alone the right to attest, and nobody rights to packages where none are used', () => {
    const own = pipelineOf('image: ghcr.io/acme/app\nci: {pullRequest: {comment: true}}').jobs;
    const foreign = pipelineOf('image: quay.io/acme/app').jobs;

    expect(own.map(({ id, rights }) => [id, rights])).toEqual([
      ['plan', ['read-packages']],
      ['build', ['write-packages']],
      ['publish', ['write-packages', 'attest']],
      ['report', ['answer-pull-request']],
    ]);
    expect(foreign.flatMap(({ rights }) => rights)).toEqual(['attest']);
  });

  test('has no job that publishes where there is no repository', () => {
    expect(pipelineOf('context: .').jobs.map(({ id }) => id)).toEqual(['plan', 'build', 'report']);
  });

  test('emulates only where something of a foreign platform runs', () => {
    const platforms = 'platforms: [linux/amd64, linux/arm64, linux/s390x]';
    const runs = pipelineOf(platforms);
    const dockerfiles = { '/repo/Dockerfile': 'FROM --platform=$BUILDPLATFORM alpine AS b\nRUN true\nFROM scratch\n' };
    const crosses = pipelineOf(platforms, { dockerfiles });

    expect(runs.cells.map(({ needsEmulation }) => needsEmulation)).toEqual([false, false, true]);
    expect(crosses.cells.map(({ needsEmulation }) => needsEmulation)).toEqual([false, false, false]);
    expect(runs.cells[2]?.name).toBe('app-linux-s390x');
  });

  test('names the variables of secrets that builds read', () => {
    expect(pipelineOf('secrets: [{id: npm, env: NPM_TOKEN}, {id: key, file: key.pem}]').secretNames).toEqual([
      'NPM_TOKEN',
    ]);
  });
});

describe('loginsFor', () => {
  test.each([
    ['ghcr.io/a/b', undefined, 'token', 'GHCR_USERNAME', 'GHCR_TOKEN'],
    ['docker.io/a/b', 'env.DOCKERHUB_USERNAME', 'secret', 'DOCKERHUB_USERNAME', 'DOCKERHUB_TOKEN'],
    [
      'registry.example.com:5000/a',
      undefined,
      'secret',
      'REGISTRY_EXAMPLE_COM_5000_USERNAME',
      'REGISTRY_EXAMPLE_COM_5000_PASSWORD',
    ],
    ['10.0.0.1:5000/a', undefined, 'secret', 'REGISTRY_10_0_0_1_5000_USERNAME', 'REGISTRY_10_0_0_1_5000_PASSWORD'],
    ['harbor.acme.com/a', 'env.HARBOR_USER', 'secret', 'HARBOR_USER', 'HARBOR_PASSWORD'],
    ['harbor.acme.com/a', 'env.MIRRORED', 'secret', 'HARBOR_ACME_COM_USERNAME', 'HARBOR_ACME_COM_PASSWORD'],
  ])('names the variables of %s where its condition is %s', (name, when, kind, usernameVariable, passwordVariable) => {
    const [login] = loginsFor([repository(name, when)], 'github');

    expect(login).toMatchObject({ kind, usernameVariable, passwordVariable });
  });

  test('gives one login a registry, which may be left out only where all of its repositories may', () => {
    const both = [repository('quay.io/a/b', 'env.QUAY_USERNAME'), repository('quay.io/a/c')];

    expect(loginsFor(both, 'github')).toHaveLength(1);
    expect(loginsFor(both, 'github')[0]?.when).toBeUndefined();
    expect(loginsFor(both.slice(0, 1), 'github')[0]?.when).toBe('QUAY_USERNAME');
  });

  test('takes the job token in the registry of the service alone', () => {
    const kinds = (['github', 'gitlab', 'jenkins'] as const).map((service) =>
      loginsFor([repository('ghcr.io/a/b'), repository('registry.gitlab.com/a/b')], service).map(({ kind }) => kind),
    );

    expect(kinds).toEqual([
      ['token', 'secret'],
      ['secret', 'token'],
      ['secret', 'secret'],
    ]);
  });
});

describe('actions', () => {
  test('are held by whole commits, with the version for the reader', () => {
    for (const action of Object.values(actions))
      expect(formatAction(action)).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });
});

describe('unifiedDiff', () => {
  const names = { before: 'a', after: 'b' };

  test('is empty where only the ends of lines differ, and not where a word does', () => {
    expect(unifiedDiff('one\r\ntwo\r\n', 'one\ntwo\n', names)).toBe('');
    expect(unifiedDiff('one\ntwo\n', 'one\n2\n', names)).toBe('--- a\n+++ b\n@@ -1,2 +1,2 @@\n one\n-two\n+2');
  });

  test('shows each change with three lines around it', () => {
    const before = Array.from({ length: 20 }, (_empty, at) => `line ${at + 1}`);
    const after = before.with(1, 'changed').toSpliced(18, 1);

    const diff = unifiedDiff(before.join('\n'), after.join('\n'), names).split('\n');

    expect(diff.filter((line) => line.startsWith('@@'))).toEqual(['@@ -1,5 +1,5 @@', '@@ -16,5 +16,4 @@']);
    expect(diff.filter((line) => /^[-+](?![-+])/.test(line))).toEqual(['-line 2', '+changed', '-line 19']);
  });

  test('begins a file that is not there with its first line', () => {
    expect(unifiedDiff('', 'one\n', names)).toBe('--- a\n+++ b\n@@ -0,0 +1 @@\n+one');
  });
});
