import type { BuilderFacts } from '../../plan/builder-facts.ts';
import type { Placement } from '../../plan/cell.ts';

/** Whether what is built there can be pushed by its digest from there. One that does not exist yet is judged by its driver. */
export function canPush({ driver, nodes }: BuilderFacts, { node: name }: Pick<Placement, 'node'>): boolean {
  const meant = name === undefined ? nodes : nodes.filter((node) => node.name === name);
  return meant.length === 0 ? driver !== 'docker' : meant.every(({ canPushByDigest }) => canPushByDigest);
}
