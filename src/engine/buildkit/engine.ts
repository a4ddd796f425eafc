import { join } from 'node:path';
import type { Cell } from '../../plan/cell.ts';
import type { Part } from '../../plan/part.ts';
import type { ImageStore } from '../../store/content-store.ts';
import { JoinedStore } from '../../store/joined-store.ts';
import { formatLocation, parseLocation } from '../../store/location.ts';
import { openLocation } from '../../store/open-location.ts';
import type { BuildOptions, Engine } from '../engine.ts';
import { ensureBuilder } from './builders/ensure-builder.ts';
import { answersAgain } from './loop/answers-again.ts';
import { type LoopTools, runCells } from './loop/run-cells.ts';
import { defaultWatchLimits } from './loop/watchdog.ts';
import { runAttempt } from './run-attempt.ts';
import { runWithTargets } from './run-with-targets.ts';

/** What plans and messages call this engine. */
export const buildkitEngineName = 'buildkit';

/** Each tool may be replaced; what is left out is `docker buildx`, and the limits of `defaultWatchLimits`. */
export type BuildkitEngineTools = Partial<LoopTools>;

/**
 * Builds cells by `docker buildx`, each where its plan places it: in parallel, longest first, tried again where that may help,
 * moved where a builder is lost, and ended where it hangs.
 */
export function createBuildkitEngine(tools: BuildkitEngineTools = {}): Engine {
  const all: LoopTools = { runAttempt, ensureBuilder, probe: answersAgain, limits: defaultWatchLimits, ...tools };
  return { name: buildkitEngineName, build: (cells, options) => build(cells, options, all) };
}

async function build(cells: readonly Cell[], options: BuildOptions, tools: LoopTools): ReturnType<Engine['build']> {
  const parts = await runCells(cells, options, { ...tools, runAttempt: runWithTargets(tools.runAttempt, cells) });
  return { store: await openParts(parts, options) };
}

/** All places that parts lie in as one store; what is written to it goes into the run's own layout. */
async function openParts(parts: readonly Part[], { host, runFolder }: BuildOptions): Promise<ImageStore> {
  const own = { kind: 'oci', path: join(runFolder, 'content'), image: '' } as const;
  const first = await openLocation(own, { host, mode: 'write' });
  const places = new Set(parts.flatMap(({ location }) => (location === undefined ? [] : [location])));
  places.delete(formatLocation(own));
  const others: ImageStore[] = [];
  for (const place of places) others.push(await openLocation(parseLocation(place), { host, mode: 'read' }));
  return new JoinedStore(first, others);
}
