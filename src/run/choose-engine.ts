import { createEmbeddedEngine } from '../engine/embedded/engine.ts';
import type { Engine } from '../engine/engine.ts';
import type { EngineFacts } from '../plan/facts.ts';

/** How each engine that a plan may name is made. */
const engines: Readonly<Record<EngineFacts['name'], () => Engine>> = {
  embedded: createEmbeddedEngine,
};

/** The engine that a plan names. */
export function chooseEngine({ engine }: { readonly engine: EngineFacts }): Engine {
  return engines[engine.name]();
}
