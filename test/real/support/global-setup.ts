import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import {
  registerEmulators,
  startBuildkitEndpoint,
  startDockerRegistry,
  startEngine,
} from '../../../scripts/real-engine.mjs';

declare module 'vitest' {
  interface ProvidedContext {
    /** The environment in which docker, buildx and the peers are found and reach the engine. */
    readonly engineEnvironment: Readonly<Record<string, string>>;
    /** The engine's BuildKit, `tcp://…`. */
    readonly buildkitAddress: string;
    /** A docker-registry 2.8, `localhost:PORT`. */
    readonly registryAddress: string;
  }
}

/** Starts one engine and one registry for all test files, and ends them after the last one. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'polyarch-real-'));
  registerEmulators();
  const registry = await startDockerRegistry({ folder: join(folder, 'registry') });
  const engine = await startEngine({ folder: join(folder, 'engine'), registries: [registry.address] });
  const buildkit = await startBuildkitEndpoint(engine);
  project.provide('engineEnvironment', engine.env);
  project.provide('buildkitAddress', buildkit.address);
  project.provide('registryAddress', registry.address);
  return async () => {
    await buildkit.stop();
    await engine.stop();
    await registry.stop();
    rmSync(folder, { recursive: true, force: true });
  };
}
