import type { Fault } from '../../../errors/fault.ts';
import type { BuilderFacts, NodeFacts } from '../../../plan/builder-facts.ts';

/** A node as a probe found it; its fault is not yet told as a problem. */
export interface ProbedNode extends Omit<NodeFacts, 'problem'> {
  readonly fault?: Fault;
}

/** A builder as a probe found it. */
export interface ProbedBuilder extends Omit<BuilderFacts, 'problem' | 'nodes'> {
  readonly fault?: Fault;
  readonly nodes: readonly ProbedNode[];
}
