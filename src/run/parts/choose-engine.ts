import { createEmbeddedEngine } from '../../engine/embedded/engine.ts';
import type { Engine } from '../../engine/engine.ts';
import type { EngineFacts } from '../../plan/facts.ts';

/** The engine that a plan names. BuildKit's is loaded when it is first needed: most of the embedded one's users never do. */
export function chooseEngine({ engine }: { readonly engine: EngineFacts }): Engine {
  if (engine.name === 'embedded') return createEmbeddedEngine();
  return {
    name: engine.name,
    build: async (cells, options) => {
      const { createBuildkitEngine } = await import('../../engine/buildkit/engine.ts');
      return createBuildkitEngine().build(cells, options);
    },
  };
}
