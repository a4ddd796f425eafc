// The real engine and registry that benchmarks compare with, where this machine can have them.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Starts an engine, its BuildKit as the builder `bench`, and a docker-registry; undefined where that cannot be. */
export async function startBench(folder) {
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) return undefined;
  const { installReal } = await import('../scripts/install-real.mjs');
  const { startBuildkitEndpoint, startDockerRegistry, startEngine } = await import('../scripts/real-engine.mjs');
  try {
    installReal();
  } catch (problem) {
    console.log(`no engine: ${problem.message}`);
    return undefined;
  }
  const registry = await startDockerRegistry({ folder: join(folder, 'registry') });
  const engine = await startEngine({ folder: join(folder, 'engine'), registries: [registry.address] });
  const buildkit = await startBuildkitEndpoint(engine);
  await run('docker', ['buildx', 'create', '--name', 'bench', '--driver', 'remote', buildkit.address], {
    env: engine.env,
  });
  return {
    env: engine.env,
    registry: registry.address,
    stop: async () => {
      await buildkit.stop();
      await engine.stop();
      await registry.stop();
    },
  };
}
