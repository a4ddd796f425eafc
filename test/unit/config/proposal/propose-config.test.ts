import { describe, expect, test } from 'vitest';
import { formatProposal } from '../../../../src/config/proposal/format-proposal.ts';
import { repositoryOf } from '../../../../src/config/proposal/project-files.ts';
import { answerProposal, proposeConfig, usualAnswers } from '../../../../src/config/proposal/propose-config.ts';
import { parseRemote } from '../../../../src/config/proposal/source-remote.ts';

const project = { folderName: 'shop', paths: ['Dockerfile'], texts: { Dockerfile: 'FROM scratch\nCOPY . /\n' } };

describe('parseRemote', () => {
  test.each([
    ['git@github.com:Acme/App.git', 'ghcr.io/acme/app'],
    ['https://github.com/acme/app', 'ghcr.io/acme/app'],
    ['https://user:word@github.com/acme/app.git/', 'ghcr.io/acme/app'],
    ['ssh://git@gitlab.com:22/acme/group/app.git', 'registry.gitlab.com/acme/group/app'],
    ['git@git.acme.internal:team/app.git', undefined],
  ])('%s', (address, repository) => {
    expect(parseRemote(address)?.repository).toBe(repository);
  });

  test.each(['', '/srv/git/app.git', 'C:\\git\\app', 'github.com'])('is no remote of a host: %j', (address) => {
    expect(parseRemote(address)).toBeUndefined();
  });
});

describe('repositoryOf', () => {
  test.each([
    ['ghcr.io/acme/app:${TAG:-latest}', 'ghcr.io/acme/app'],
    ['localhost:5000/app:1', 'localhost:5000/app'],
    ['ghcr.io/acme/app@sha256:00', 'ghcr.io/acme/app'],
    ['${REGISTRY}/app:1', undefined],
    ['postgres:17', undefined],
  ])('%s', (reference, repository) => {
    expect(repositoryOf(reference)).toBe(repository);
  });
});

describe('answerProposal', () => {
  test('the answer wins over what was found', () => {
    const proposal = proposeConfig({ ...project, remote: 'git@github.com:acme/shop.git' });

    const text = formatProposal(answerProposal(proposal, { repository: 'quay.io/a/b', platforms: ['linux/riscv64'] }));

    expect(usualAnswers(proposal)).toEqual({
      repository: 'ghcr.io/acme/shop',
      platforms: ['linux/amd64', 'linux/arm64'],
    });
    expect(text).toContain('image: quay.io/a/b\n');
    expect(text).toContain('  - linux/riscv64\n');
  });

  test('an empty answer changes nothing', () => {
    const proposal = proposeConfig(project);

    expect(formatProposal(answerProposal(proposal, {}))).toBe(formatProposal(proposal));
  });
});

describe('proposeConfig', () => {
  test('proposes no image where there is no Dockerfile', () => {
    expect(proposeConfig({ folderName: 'shop', paths: ['README.md'], texts: {} }).images).toEqual([]);
  });

  test('hostile pipelines are no reason to fail', () => {
    const texts = {
      ...project.texts,
      '.github/workflows/a.yml': 'jobs: [*x',
      'docker-bake.json': '[',
      'compose.yaml': 'services: 7',
    };

    expect(proposeConfig({ ...project, paths: Object.keys(texts), texts }).images).toHaveLength(1);
  });
});
