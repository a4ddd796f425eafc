import type { Config } from '../config/config.ts';
import type { Job, PipelineCell, RegistryLogin, Right, Step } from './pipeline.ts';

/** What the jobs are made for. */
export interface JobInputs {
  readonly config: Config;
  readonly cells: readonly PipelineCell[];
  readonly logins: readonly RegistryLogin[];
  readonly usesBuildkit: boolean;
}

/** The run of polyarch, cut at its arrows: plan, build each cell, publish; and an answer to pull requests. */
export function jobsFor(inputs: JobInputs): readonly Job[] {
  const hasRepository = inputs.logins.length > 0;
  return [planJob(inputs), buildJob(inputs), ...(hasRepository ? [publishJob(inputs)] : []), reportJob(inputs)];
}

function planJob({ config, logins }: JobInputs): Job {
  const { platforms } = config.ci.pullRequest;
  return {
    id: 'plan',
    needs: [],
    event: 'any',
    isPerCell: false,
    rights: packageRight(logins, 'read-packages'),
    outdated: 'cancelled',
    steps: [
      { kind: 'checkout' },
      { kind: 'node' },
      ...logins.map(loginStep),
      { kind: 'plan', ...(platforms === undefined ? {} : { pullRequestPlatforms: platforms }) },
      { kind: 'hand-over', what: 'plan' },
    ],
  };
}

function buildJob({ config, cells, logins, usesBuildkit }: JobInputs): Job {
  const emulated = [...new Set(cells.filter(({ needsEmulation }) => needsEmulation).map(({ platform }) => platform))];
  const usesServiceCache = config.images.some(({ cache }) => cache === 'gha');
  return {
    id: 'build',
    needs: ['plan'],
    event: 'any',
    isPerCell: true,
    rights: packageRight(logins, 'write-packages'),
    outdated: 'cancelled',
    steps: [
      { kind: 'checkout' },
      { kind: 'node' },
      ...(emulated.length === 0 ? [] : [{ kind: 'emulation', platforms: emulated } as const]),
      ...(usesBuildkit ? [{ kind: 'builder' } as const] : []),
      ...(usesServiceCache ? [{ kind: 'service-cache' } as const] : []),
      ...logins.map(loginStep),
      { kind: 'receive', what: 'plan' },
      { kind: 'build' },
      { kind: 'hand-over', what: 'part' },
    ],
  };
}

/** It has the right to push, and therefore nothing of the source: all that it needs was handed over. */
function publishJob({ logins }: JobInputs): Job {
  return {
    id: 'publish',
    needs: ['plan', 'build'],
    event: 'release',
    isPerCell: false,
    rights: [...packageRight(logins, 'write-packages'), 'attest'],
    outdated: 'finished',
    steps: [
      { kind: 'clear' },
      { kind: 'node' },
      ...logins.map(loginStep),
      { kind: 'receive', what: 'plan' },
      { kind: 'receive', what: 'parts' },
      { kind: 'publish' },
      { kind: 'attest' },
    ],
  };
}

/** Tells what a pull request would give; it has no right to any registry. */
function reportJob({ config }: JobInputs): Job {
  const { comment, description } = config.ci.pullRequest;
  return {
    id: 'report',
    needs: ['plan', 'build'],
    event: 'pull-request',
    isPerCell: false,
    rights: comment || description ? ['answer-pull-request'] : [],
    outdated: 'cancelled',
    steps: [
      { kind: 'clear' },
      { kind: 'node' },
      { kind: 'receive', what: 'plan' },
      { kind: 'receive', what: 'parts' },
      { kind: 'report', comment, description },
    ],
  };
}

function loginStep(login: RegistryLogin): Step {
  return { kind: 'login', login };
}

/** The service's token is asked for what its own registry needs, and for nothing where another one is used. */
function packageRight(logins: readonly RegistryLogin[], right: Right): readonly Right[] {
  return logins.some(({ kind }) => kind === 'token') ? [right] : [];
}
