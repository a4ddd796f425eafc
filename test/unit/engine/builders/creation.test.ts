import { describe, expect, test } from 'vitest';
import { createArgs, createdName, driverOf, namesOf } from '../../../../src/engine/buildkit/builders/creation.ts';
import { decodeDockerInfo } from '../../../../src/engine/buildkit/builders/decode-docker-info.ts';
import { decodeBuilders } from '../../../../src/engine/buildkit/builders/list-builders.ts';
import type { BuilderFacts } from '../../../../src/plan/builder-facts.ts';

const farm: BuilderFacts = {
  name: 'polyarch-farm',
  driver: 'kubernetes',
  state: 'missing',
  slots: 1,
  options: {},
  nodes: [],
};

describe('createArgs', () => {
  test.each([
    ['the current context', {}, ['--name=polyarch-farm', '--driver=kubernetes']],
    ['a context', { context: 'arm' }, ['--name=polyarch-farm', '--driver=kubernetes', 'arm']],
    [
      'an address before a context',
      { context: 'arm', endpoint: 'ssh://a' },
      ['--name=polyarch-farm', '--driver=kubernetes', 'ssh://a'],
    ],
    [
      'options, a comma kept together',
      { options: { replicas: '4', nodeselector: 'a=b,c=d' } },
      ['--name=polyarch-farm', '--driver=kubernetes', '--driver-opt=replicas=4', '--driver-opt="nodeselector=a=b,c=d"'],
    ],
    [
      'options that are flags of their own',
      { options: { 'buildkitd-flags': '--debug' } },
      ['--name=polyarch-farm', '--driver=kubernetes', '--buildkitd-flags=--debug'],
    ],
  ])('names %s', (_name, changes, expected) => {
    expect(createArgs({ ...farm, ...changes })).toEqual(['buildx', 'create', ...expected]);
  });
});

describe('driverOf', () => {
  test.each([
    ['docker-container', {}],
    ['docker-container', { endpoint: 'ssh://root@arm' }],
    ['remote', { endpoint: 'tcp://arm:1234' }],
    ['remote', { endpoint: 'unix:///run/buildkit/buildkitd.sock' }],
    ['docker-container', { endpoint: 'unix:///run/docker.sock' }],
    ['kubernetes', { driver: 'kubernetes', endpoint: 'tcp://arm:1234' }],
  ] as const)('gives %s for %j', (driver, config) => {
    expect(driverOf(config)).toBe(driver);
  });
});

describe('namesOf', () => {
  const config = { name: 'arm', slots: 1, options: {} };

  test('looks for the own name and for the one that polyarch gives', () => {
    expect(namesOf(config)).toEqual(['arm', 'polyarch-arm']);
    expect(createdName('polyarch-arm')).toBe('polyarch-arm');
  });

  test('looks for the Docker context where the driver is docker', () => {
    expect(namesOf({ ...config, driver: 'docker', context: 'desk' })).toEqual(['desk']);
    expect(namesOf({ ...config, driver: 'docker' })).toEqual(['arm']);
  });
});

const info = {
  Name: 'machine',
  OSType: 'linux',
  Architecture: 'aarch64',
  SystemTime: '2026-11-21T16:10:22.404807287Z',
  DockerRootDir: '/var/lib/docker',
  OperatingSystem: 'Docker Desktop',
  DriverStatus: [['driver-type', 'io.containerd.snapshotter.v1']],
};

describe('decodeDockerInfo', () => {
  test('reads what a daemon tells of itself', () => {
    expect(decodeDockerInfo(JSON.stringify({ ...info, More: 1 }))).toEqual({
      platform: 'linux/arm64',
      time: new Date('2026-11-21T16:10:22.404Z'),
      machine: 'machine',
      dataRoot: '/var/lib/docker',
      isDesktop: true,
      hasContainerdStore: true,
    });
    const plain = { ...info, OperatingSystem: 'Debian', DriverStatus: null };
    expect(decodeDockerInfo(JSON.stringify(plain))).toMatchObject({ isDesktop: false, hasContainerdStore: false });
  });

  test.each([
    ['no JSON', 'x'],
    ['a missing field', JSON.stringify({ ...info, Name: undefined })],
    ['no time', JSON.stringify({ ...info, SystemTime: 'now' })],
    ['no architecture', JSON.stringify({ ...info, Architecture: '' })],
  ])('refuses %s', (_name, text) => {
    expect(() => decodeDockerInfo(text)).toThrow(expect.objectContaining({ code: 'DOCKER_ANSWER_UNREADABLE' }));
  });
});

describe('decodeBuilders', () => {
  test('reads a line a builder', () => {
    const text = '{"Current":false,"Name":"a","Nodes":[]}\n{"Current":true,"Name":"b"}\n';

    expect(decodeBuilders(text)).toEqual([
      { name: 'a', isCurrent: false },
      { name: 'b', isCurrent: true },
    ]);
    expect(() => decodeBuilders('NAME/NODE DRIVER\n')).toThrow(
      expect.objectContaining({ code: 'DOCKER_ANSWER_UNREADABLE' }),
    );
  });
});
