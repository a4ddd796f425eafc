import { createEmbeddedEngine } from '../engine/embedded/engine.ts';
import type { Engine } from '../engine/engine.ts';
import { invariant } from '../errors/invariant.ts';
import type { EngineFacts } from '../plan/facts.ts';

/** The engine that a plan names. */
export function chooseEngine({ engine }: { readonly engine: EngineFacts }): Engine {
  invariant(engine.name === 'embedded', `There is no engine "${engine.name}"`);
  return createEmbeddedEngine();
}
