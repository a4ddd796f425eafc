import type { WrittenEvent } from '../ci/context/simulate-event.ts';
import type { Config } from '../config/config.ts';
import { hostPlatform } from '../engine/host-platform.ts';
import type { Host } from '../host/host.ts';
import { assemblePlan } from '../plan/assemble-plan.ts';
import type { Plan } from '../plan/plan.ts';
import type { EngineRequest } from './gather/gather-engine.ts';
import { gatherFacts } from './gather/gather-facts.ts';
import { type ConfigRequest, loadConfig } from './gather/load-config.ts';
import { prepareContexts } from './gather/prepare-contexts.ts';
import { warnOfEmulation } from './warn-of-emulation.ts';

export interface PlanRequest extends ConfigRequest, EngineRequest {
  /** What happened, for the tag rules. Default: what the CI service or git tells. */
  readonly event?: WrittenEvent;
}

export interface PlanningOptions {
  /** Whether `prepare` is run; a plan that is only looked at does not. */
  readonly prepares: boolean;
}

/**
 * Config, facts, plan: what a build of this request does.
 *
 * @throws {Fault} what is wrong with the config, the Dockerfiles or the flags
 */
export async function assemblePlanFor(request: PlanRequest, host: Host, { prepares }: PlanningOptions): Promise<Plan> {
  const platform = hostPlatform();
  const { config, push, load, root } = await loadConfig(request, host, platform);
  warnOfReservedKeys(config, host);
  const preparedContexts = prepares ? await prepareContexts(config, { host, root }) : {};
  const facts = await gatherFacts(config, {
    ...request,
    host,
    root,
    platform,
    preparedContexts,
    push,
    simulated: request.event,
    makes: prepares && request.elsewhere !== true,
  });
  const plan = assemblePlan(config, facts, { push, load });
  if (prepares) warnOfEmulation(plan, config, host);
  return plan;
}

/** What is written and checked but not served yet must not go unnoticed. */
function warnOfReservedKeys({ reservedKeys }: Config, host: Host): void {
  if (reservedKeys.length === 0) return;
  host.emit({
    kind: 'note',
    level: 'warning',
    text: `This version does not act on ${reservedKeys.map((key) => `"${key}"`).join(', ')} of the config`,
    hint: 'docs/config.md tells which keys are served',
  });
}
