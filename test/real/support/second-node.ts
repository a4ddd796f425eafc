import { inject } from 'vitest';
import { startBuildkitEndpoint, startEngine } from '../../../scripts/real-engine.mjs';
import type { Workbench } from './workbench.ts';

/** The BuildKit of a Docker Engine of its own: a machine that can be lost and come back. */
export interface FleetNode {
  /** `tcp://…`; the same after it came back. */
  readonly address: string;
  /** Ends it as a power cut would. */
  readonly kill: () => Promise<void>;
  /** Starts it again, with nothing of what it knew. */
  readonly comeBack: () => Promise<void>;
}

/** Starts a node beside the engine of all tests; it ends with the workbench. */
export async function startFleetNode(workbench: Workbench, name: string): Promise<FleetNode> {
  let lives = 0;
  let engine = await start();
  const endpoint = await startBuildkitEndpoint({
    get socket() {
      return engine.socket;
    },
    env: engine.env,
    stop: () => Promise.resolve(),
    kill: () => undefined,
  });
  workbench.onEnd(() => engine.stop());
  workbench.onEnd(() => endpoint.stop());

  function start() {
    lives += 1;
    return startEngine({ folder: workbench.path(name, `life${lives}`), registries: [inject('registryAddress')] });
  }

  return {
    address: endpoint.address,
    kill: async () => {
      engine.kill();
      await engine.stop();
    },
    comeBack: async () => {
      engine = await start();
    },
  };
}
