import { Fault } from '../../errors/fault.ts';
import { parsePlatform } from '../../oci/platform.ts';
import type { Cell } from '../../plan/cell.ts';
import type { Part } from '../../plan/part.ts';
import type { BuildOptions, CellResult, Engine } from '../engine.ts';
import { BuildSession } from './build-session.ts';
import { openCache } from './cache.ts';
import { boundCache } from './cache-bound.ts';
import { CellSolver, type SolvedCell } from './cell-solver.ts';
import { type ImageFacts, writeImage } from './image-writer.ts';
import { newerOf } from './transfer-part.ts';

/** What messages and parts call this engine. */
export const embeddedEngineName = 'embedded';

/**
 * Builds images in this process: no daemon, no root. It does all that a Dockerfile can say but RUN, with BuildKit's
 * results, and each piece of work once for all platforms.
 */
export function createEmbeddedEngine(): Engine {
  return { name: embeddedEngineName, build: buildCells };
}

async function buildCells(cells: readonly Cell[], options: BuildOptions): ReturnType<Engine['build']> {
  const { host, cacheDirectory, openImage } = options;
  const cache = await openCache(cacheDirectory, host);
  try {
    const session = new BuildSession(cache, { host, openImage });
    const solver = new CellSolver(cells, session);
    await Promise.all(
      Array.from(releasesOf(cells), (release) => buildRelease({ cells: release, solver, session }, options)),
    );
    session.save();
    host.signal.throwIfAborted();
    return { store: cache.store };
  } finally {
    cache.close();
    await boundCache(cacheDirectory, host);
  }
}

/** The cells of one image and variant: they become one index, and share one time. */
function releasesOf(cells: readonly Cell[]): Iterable<readonly Cell[]> {
  const releases = new Map<string, Cell[]>();
  for (const cell of cells) {
    const key = JSON.stringify([cell.image, cell.variant]);
    releases.set(key, [...(releases.get(key) ?? []), cell]);
  }
  return releases.values();
}

interface Release {
  readonly cells: readonly Cell[];
  readonly solver: CellSolver;
  readonly session: BuildSession;
}

async function buildRelease({ cells, solver, session }: Release, { onResult }: BuildOptions): Promise<void> {
  const plans = await Promise.all(cells.map((cell) => settled(cell, () => solver.plan(cell), onResult)));
  const begun = cells.filter((_, at) => plans[at] !== undefined);
  // Without a required platform there will be no release: what its others would take is spared.
  if (cells.some((cell) => !cell.optional && !begun.includes(cell))) return;
  const attempts = await Promise.all(begun.map((cell) => settled(cell, () => solver.solve(cell), onResult)));
  const solved = attempts.filter((attempt) => attempt !== undefined);
  const createdSeconds = createdOf(solved, session);
  for (const one of solved) {
    await settled(
      one.cell,
      async () => {
        onResult({ kind: 'built', part: await writePart(one, createdSeconds, session) });
      },
      onResult,
    );
  }
}

/** Runs the work of one cell; where it fails the cell is reported, and the others go on. */
async function settled<T>(
  cell: Cell,
  work: () => Promise<T>,
  onResult: (result: CellResult) => void,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    onResult({ kind: 'failed', cell: cell.id, fault: error });
    return undefined;
  }
}

/**
 * The time of a release, one for all its platforms: SOURCE_DATE_EPOCH, else the newest of the Dockerfile, the files that
 * were taken from the build context, and the base images. The clock has no part in it.
 */
function createdOf(solved: readonly SolvedCell[], session: BuildSession): number {
  let newest: number | undefined;
  for (const { cell, plan, image } of solved) {
    if (plan.epochSeconds !== undefined) return plan.epochSeconds;
    newest = newerOf(newest, session.dockerfile(cell.recipe.dockerfile).modifiedSeconds);
    newest = newerOf(newest, image.newestSeconds);
    newest = newerOf(newest, plan.baseSeconds);
  }
  return Math.max(0, newest ?? 0);
}

async function writePart(solved: SolvedCell, createdSeconds: number, session: BuildSession): Promise<Part> {
  const { cell, image, startedMs } = solved;
  const { state, steps } = image;
  const facts: ImageFacts = {
    platform: parsePlatform(cell.platform),
    recipe: cell.recipe,
    createdSeconds,
    isEpoch: solved.plan.epochSeconds !== undefined,
  };
  const { manifest, config } = await writeImage(session.cache.store, state, facts);
  return {
    cell: cell.id,
    platform: cell.platform,
    manifest,
    config,
    layers: state.layers,
    sizeBytes: state.layers.reduce((sum, { descriptor }) => sum + descriptor.size, config.size),
    durationMs: session.host.clock.monotonicMs() - startedMs,
    steps,
    engine: embeddedEngineName,
  };
}
