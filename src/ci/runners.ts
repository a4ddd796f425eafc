import type { CiConfig } from '../config/ci-config.ts';
import type { CiService } from './ci-service.ts';

/** Where the cells of one platform are built in CI. */
export interface Runner {
  /** Labels that a runner must have, all of them. At least one. */
  readonly labels: readonly string[];
  /** Whether programs of the platform run there without emulation. */
  readonly isNative: boolean;
  /** One sentence: why not on a native one. Absent where it is native. */
  readonly reason?: string;
}

/** The CPUs that CI services rent out. */
type MachineCpu = 'amd64' | 'arm64';

type Labels = Readonly<Record<MachineCpu, readonly string[]>>;

const usualLabels: Readonly<Record<CiConfig['provider'], Labels>> = {
  hosted: { amd64: ['ubuntu-24.04'], arm64: ['ubuntu-24.04-arm'] },
  blacksmith: { amd64: ['blacksmith-8vcpu-ubuntu-2404'], arm64: ['blacksmith-8vcpu-ubuntu-2404-arm'] },
  'self-hosted': { amd64: ['self-hosted', 'linux', 'x64'], arm64: ['self-hosted', 'linux', 'arm64'] },
};

/** Other services have one set of machines each, whoever provides those of GitHub. */
const labelsElsewhere: Readonly<Partial<Record<CiService, Labels>>> = {
  gitlab: { amd64: ['saas-linux-small-amd64'], arm64: ['saas-linux-small-arm64'] },
  jenkins: { amd64: ['linux && amd64'], arm64: ['linux && arm64'] },
};

/**
 * The runner of one platform: the one that the config names, else the provider's usual one, else the nearest machine with
 * emulation. Where the config moves amd64 or arm64 elsewhere, the platforms without a runner of their own go there too.
 *
 * @param platform normalised, for example `linux/arm/v7`
 * @param service default: GitHub
 */
export function runnerOf(
  platform: string,
  { provider, runners }: Pick<CiConfig, 'provider' | 'runners'>,
  service: CiService = 'github',
): Runner {
  const usual = labelsElsewhere[service] ?? usualLabels[provider];
  const own = runners[platform];
  const cpu = nearestCpu(platform);
  const labels = own ?? runners[`linux/${cpu}`] ?? usual[cpu];
  const machine = own === undefined ? cpu : (cpuOfLabels(own) ?? 'asked for');
  if (machine === 'asked for' || runsOn(platform, machine)) return { labels, isNative: true };
  return { labels, isNative: false, reason: reasonOf(platform, machine, { provider, isNamed: own !== undefined }) };
}

/** The machine that is nearest to a platform: what it emulates costs least there. */
function nearestCpu(platform: string): MachineCpu {
  return /^linux\/arm(?:64)?(?:\/|$)/.test(platform) ? 'arm64' : 'amd64';
}

/** 32-bit x86 runs on every amd64 machine; 32-bit Arm does not run on every arm64 one, so that it is not counted on. */
function runsOn(platform: string, machine: MachineCpu): boolean {
  const native = machine === 'amd64' ? /^linux\/(?:amd64|386)(?:\/|$)/ : /^linux\/arm64(?:\/|$)/;
  return native.test(platform);
}

/** What the labels of well-known runners say of their CPU; `undefined` where only their owner knows. */
function cpuOfLabels(labels: readonly string[]): MachineCpu | undefined {
  const words = labels.map((label) => label.toLowerCase());
  if (words.some((word) => word === 'arm64' || /^(?:ubuntu|blacksmith|saas)-.*-arm(?:64)?$/.test(word))) return 'arm64';
  if (
    words.some(
      (word) =>
        word === 'x64' ||
        /^(?:ubuntu-(?:latest|[\d.]+)|blacksmith-\d+vcpu-ubuntu-\d+|saas-linux-\w+-amd64)$/.test(word),
    )
  )
    return 'amd64';
  return undefined;
}

interface Choice {
  readonly provider: CiConfig['provider'];
  readonly isNamed: boolean;
}

const noRunner: Readonly<Record<CiConfig['provider'], string>> = {
  hosted: 'There is no hosted runner',
  blacksmith: 'Blacksmith has no runner',
  'self-hosted': 'The config names no runner',
};

function reasonOf(platform: string, machine: MachineCpu, { provider, isNamed }: Choice): string {
  if (isNamed) return `The config sends ${platform} to an ${machine} machine, where QEMU stands in for its CPU`;
  const whose = noRunner[provider];
  return platform.startsWith('linux/')
    ? `${whose} for ${platform}: it goes to an ${machine} machine, where QEMU stands in for its CPU`
    : `${whose} for ${platform}: it goes to an ${machine} machine, and nothing of it can run there`;
}
