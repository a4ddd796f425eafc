import type { CellResult } from '../engine/engine.ts';
import type { Host } from '../host/host.ts';
import { cacheDirectory } from '../host/user-directories.ts';
import type { Plan } from '../plan/plan.ts';
import type { ImageStore } from '../store/content-store.ts';
import { chooseEngine } from './choose-engine.ts';
import { openBaseImage } from './open-base-image.ts';

export interface BuiltCells {
  /** Holds the content of every part. */
  readonly store: ImageStore;
  /** By cell. */
  readonly results: ReadonlyMap<string, CellResult>;
}

/** Builds every cell of a plan; a failed one is a result like any other. */
export async function buildCells(plan: Plan, host: Host): Promise<BuiltCells> {
  const results = new Map<string, CellResult>();
  const engine = chooseEngine(plan);
  const { store } = await engine.build(plan.cells, {
    host,
    cacheDirectory: cacheDirectory(host),
    openImage: (reference) => openBaseImage(reference, host),
    onResult: (result) => results.set(result.kind === 'built' ? result.part.cell : result.cell, result),
  });
  return { store, results };
}
