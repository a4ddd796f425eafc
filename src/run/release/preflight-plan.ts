import type { FaultCode } from '../../errors/codes.ts';
import type { Fault } from '../../errors/fault.ts';
import type { Host } from '../../host/host.ts';
import type { Plan } from '../../plan/plan.ts';
import type { Preflighted, PreflightTarget } from '../../publish/preflight.ts';

export interface PreflightPlanOptions {
  /**
   * Other jobs build and push, with logins of their own: what stops here is what no login changes, a tag that may not be
   * moved and an image that is private. The rest is a warning. Default: false.
   */
  readonly isForOthers?: boolean;
}

const certain: readonly FaultCode[] = ['TAG_IMMUTABLE', 'IMAGE_NOT_PUBLIC'];

/**
 * Makes sure that all repositories of a plan can be published to, before anything is built for them. What is wrong with
 * one that is not required is a note.
 *
 * @throws {Fault} REGISTRY_UNAUTHORIZED, REGISTRY_DENIED, REPOSITORY_UNKNOWN, TAG_IMMUTABLE, IMAGE_NOT_PUBLIC and those of
 *   a registry that does not answer
 */
export async function preflightPlan(
  plan: Pick<Plan, 'releases'>,
  host: Host,
  { isForOthers = false }: PreflightPlanOptions = {},
): Promise<readonly Preflighted[]> {
  const targets = targetsOf(plan).map((target) => ({ ...target, asksReferrers: isForOthers }));
  if (targets.length === 0) return [];
  const { preflight } = await import('../../publish/preflight.ts');
  const found = await preflight(targets, host);
  for (const text of found.flatMap(({ notes }) => notes)) host.emit({ kind: 'note', level: 'warning', text });
  const stopping = found.find(({ required, problem }) => required && isStopping(problem, isForOthers));
  for (const one of found)
    if (one.problem !== undefined && one !== stopping)
      host.emit({ kind: 'note', level: 'warning', text: one.problem.message, hint: one.problem.hint });
  if (stopping?.problem !== undefined) throw stopping.problem;
  return found;
}

function isStopping(problem: Fault | undefined, isForOthers: boolean): boolean {
  return problem !== undefined && (!isForOthers || certain.includes(problem.code));
}

/**
 * Makes sure that the part of a cell can be pushed, before it is built: the job that planned may have had another login.
 *
 * @throws {Fault} REGISTRY_UNAUTHORIZED, REGISTRY_DENIED, REPOSITORY_UNKNOWN and those of a registry that does not answer
 */
export async function preflightPart(repository: string | undefined, host: Host): Promise<void> {
  if (repository === undefined) return;
  const { preflight } = await import('../../publish/preflight.ts');
  const target = { repository, insecure: false, required: true, public: false, immutable: [] };
  for (const { problem } of await preflight([target], host)) if (problem !== undefined) throw problem;
}

/** Each repository once, whatever releases go there. */
function targetsOf({ releases }: Pick<Plan, 'releases'>): readonly PreflightTarget[] {
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
