import type { Host } from '../host/host.ts';
import type { Plan } from '../plan/plan.ts';
import type { PreflightTarget } from '../publish/preflight.ts';

/**
 * Makes sure that all repositories of a plan can be published to, before anything is built for them. What is wrong with
 * one that is not required is a note.
 *
 * @throws {Fault} REGISTRY_UNAUTHORIZED, REGISTRY_DENIED, REPOSITORY_UNKNOWN, TAG_IMMUTABLE, IMAGE_NOT_PUBLIC and those of
 *   a registry that does not answer
 */
export async function preflightPlan(plan: Plan, host: Host): Promise<void> {
  const targets = targetsOf(plan);
  if (targets.length === 0) return;
  const { preflight } = await import('../publish/preflight.ts');
  const found = await preflight(targets, host);
  for (const text of found.flatMap(({ notes }) => notes)) host.emit({ kind: 'note', level: 'warning', text });
  const [stopping, ...others] = found.filter(({ required, problem }) => required && problem !== undefined);
  const optional = found.filter(({ required }) => !required);
  for (const { problem } of [...others, ...optional])
    if (problem !== undefined) host.emit({ kind: 'note', level: 'warning', text: problem.message, hint: problem.hint });
  if (stopping?.problem !== undefined) throw stopping.problem;
}

/** Each repository once, whatever releases go there. */
function targetsOf({ releases }: Plan): readonly PreflightTarget[] {
  const targets = new Map<string, PreflightTarget>();
  for (const { order, destinations } of releases) {
    for (const destination of destinations) {
      if (destination.kind !== 'repository') continue;
      const { repository, required, insecure = false, immutable = [] } = destination;
      const known = targets.get(repository);
      targets.set(repository, {
        repository,
        insecure,
        required: required || known?.required === true,
        public: destination.public === true || known?.public === true,
        immutable: [...(known?.immutable ?? []), ...immutable.map((tag) => ({ tag, order }))],
      });
    }
  }
  return [...targets.values()];
}
