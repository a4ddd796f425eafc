import { applyFlags } from '../../src/config/apply-flags.ts';
import type { Overrides } from '../../src/config/overrides.ts';
import { parseConfig } from '../../src/config/parse-config.ts';
import { assemblePlan } from '../../src/plan/assemble-plan.ts';
import { noEvent } from '../../src/plan/event-facts.ts';
import type { Facts } from '../../src/plan/facts.ts';
import type { Plan } from '../../src/plan/plan.ts';

export const assembledDockerfile = 'FROM scratch\nCOPY . /app\n';

/** Facts of a folder `/project` on an amd64 machine, with one Dockerfile. */
export function factsOf(changes: Partial<Facts> = {}): Facts {
  return {
    now: '2026-01-02T03:04:05.000Z',
    runId: '20260102T030405Z-abcdef',
    root: '/project',
    hostPlatform: 'linux/amd64',
    dockerfiles: { '/project/Dockerfile': assembledDockerfile },
    preparedContexts: {},
    conditions: {},
    engine: { name: 'embedded', reason: 'for a test' },
    builders: [],
    history: {},
    event: noEvent,
    ...changes,
  };
}

/** The plan of a config text and flags in that folder. */
export function planOf(yaml: string, overrides: Overrides = {}, changes: Partial<Facts> = {}): Plan {
  const config = parseConfig(yaml, { file: 'polyarch.yaml', folderName: 'project' });
  const applied = applyFlags(config, overrides, { env: {}, workingDirectory: '/project', root: '/project' });
  return assemblePlan(applied.config, factsOf(changes), applied);
}
