import { Fault } from '../errors/fault.ts';
import type { Host } from '../host/host.ts';
import type { Plan } from '../plan/plan.ts';
import { assemblePlanFor } from './assemble-plan-for.ts';

/**
 * The plan of a run that was built without being pushed, with the repositories it is to be published to: those of the
 * references given, else those of the config. What was built stays as it was planned.
 *
 * @throws {Fault} PUSH_WITHOUT_REPOSITORY, RUN_OUTDATED and those of the config
 */
export async function withRepositories(plan: Plan, references: readonly string[], host: Host): Promise<Plan> {
  const isPushed = plan.releases.some(({ destinations }) => destinations.some(({ kind }) => kind === 'repository'));
  if (isPushed && references.length === 0) return plan;
  const request = { folder: plan.root, overrides: { tags: references, push: true } };
  const pushed = await assemblePlanFor(request, host, { prepares: false });
  const isKnown = plan.event.sha !== '';
  const isSame = pushed.event.sha === plan.event.sha;
  if (references.length === 0 && isKnown && !isSame)
    throw new Fault(
      'RUN_OUTDATED',
      `Cannot name what was built: it comes from ${shown(plan.event.sha)}, and now there is ${shown(pushed.event.sha)}`,
    );
  if (!isKnown && !isSame)
    host.emit({
      kind: 'note',
      level: 'info',
      text: `What was built is published as ${shown(pushed.event.sha)}, which is checked out now`,
    });
  return {
    ...plan,
    releases: plan.releases.map((release) => {
      const now = pushed.releases.find(({ id }) => id === release.id);
      const destinations = (now?.destinations ?? []).filter(({ kind }) => kind === 'repository');
      // A build that is not pushed asks no git: its order is known only now.
      const order = isKnown && !isSame ? {} : { order: now?.order ?? {}, annotations: now?.annotations ?? {} };
      return { ...release, ...order, destinations, leftOut: now?.leftOut ?? release.leftOut };
    }),
  };
}

function shown(sha: string): string {
  return sha === '' ? 'no commit' : `commit ${sha.slice(0, 7)}`;
}
