import { createEmbeddedEngine } from '../engine/embedded/engine.ts';
import type { Engine } from '../engine/engine.ts';
import type { Plan } from '../plan/plan.ts';

/** The engine that a plan names. */
export function chooseEngine({ engine }: Pick<Plan, 'engine'>): Engine {
  switch (engine.name) {
    case 'embedded':
      return createEmbeddedEngine();
  }
}
