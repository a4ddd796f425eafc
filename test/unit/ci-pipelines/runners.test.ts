import { describe, expect, test } from 'vitest';
import { runnerOf } from '../../../src/ci/runners.ts';
import type { CiConfig } from '../../../src/config/ci-config.ts';

function ciWith(changes: Partial<CiConfig> = {}): CiConfig {
  return {
    provider: 'hosted',
    runners: {},
    branches: [],
    paths: [],
    timeoutMs: 3_600_000,
    env: {},
    pullRequest: { comment: false, description: false },
    ...changes,
  };
}

describe('runnerOf', () => {
  test.each([
    ['hosted', 'linux/amd64', 'ubuntu-24.04'],
    ['hosted', 'linux/386', 'ubuntu-24.04'],
    ['hosted', 'linux/amd64/v3', 'ubuntu-24.04'],
    ['hosted', 'linux/arm64', 'ubuntu-24.04-arm'],
    ['blacksmith', 'linux/amd64', 'blacksmith-8vcpu-ubuntu-2404'],
    ['blacksmith', 'linux/arm64', 'blacksmith-8vcpu-ubuntu-2404-arm'],
    ['self-hosted', 'linux/arm64', 'self-hosted linux arm64'],
  ] as const)('gives a native runner of provider %s to %s', (provider, platform, labels) => {
    const runner = runnerOf(platform, ciWith({ provider }));

    expect(runner).toEqual({ labels: labels.split(' '), isNative: true });
  });

  test.each([
    ['linux/arm/v7', 'ubuntu-24.04-arm', /no hosted runner for linux\/arm\/v7: it goes to an arm64 machine/],
    ['linux/s390x', 'ubuntu-24.04', /QEMU/],
    ['windows/amd64', 'ubuntu-24.04', /nothing of it can run there/],
  ])('sends %s to the nearest machine and says so when the provider has none', (platform, label, reason) => {
    const runner = runnerOf(platform, ciWith());

    expect(runner.labels).toEqual([label]);
    expect(runner.isNative).toBe(false);
    expect(runner.reason).toMatch(reason);
  });

  test('takes the labels of the config, which are native when only their owner knows the machine', () => {
    const runners = { 'linux/s390x': ['self-hosted', 'mainframe'], 'linux/ppc64le': ['ubuntu-24.04'] };

    expect(runnerOf('linux/s390x', ciWith({ runners }))).toEqual({
      labels: ['self-hosted', 'mainframe'],
      isNative: true,
    });
    expect(runnerOf('linux/ppc64le', ciWith({ runners }))).toMatchObject({ labels: ['ubuntu-24.04'], isNative: false });
  });

  test('sends a platform without a runner where the config sends its nearest machine', () => {
    const runners = { 'linux/arm64': ['graviton'], 'linux/amd64': ['big'] };

    expect(runnerOf('linux/arm/v7', ciWith({ runners })).labels).toEqual(['graviton']);
    expect(runnerOf('linux/riscv64', ciWith({ runners })).labels).toEqual(['big']);
  });
});
