import type { CellResult } from '../../engine/engine.ts';
import type { Host } from '../../host/host.ts';
import { cacheDirectory } from '../../host/user-directories.ts';
import type { Cell } from '../../plan/cell.ts';
import type { CellOutcome } from '../../plan/outcome.ts';
import type { Plan } from '../../plan/plan.ts';
import { problemOf } from '../../plan/problem-of.ts';
import type { ImageStore } from '../../store/content-store.ts';
import { openBaseImage } from '../open/open-base-image.ts';
import { chooseEngine } from './choose-engine.ts';

export interface BuildCellsOptions {
  readonly host: Host;
  /** The folder of the run; absolute. */
  readonly runFolder: string;
  /** Called once a cell, as soon as it is known what became of it. */
  readonly onOutcome: (outcome: CellOutcome, logTail?: readonly string[]) => void;
}

/**
 * Builds cells of a plan; a failed one is an outcome like any other. The store holds the content of every part that was
 * built now.
 */
export async function buildCells(
  plan: Plan,
  cells: readonly Cell[],
  { host, runFolder, onOutcome }: BuildCellsOptions,
): Promise<{ readonly store: ImageStore }> {
  return chooseEngine(plan).build(cells, {
    host,
    cacheDirectory: cacheDirectory(host),
    openImage: (reference) => openBaseImage(reference, host),
    builders: plan.builders,
    runFolder,
    onResult: (result) => onOutcome(outcomeOf(result, host), result.kind === 'failed' ? result.logTail : undefined),
  });
}

function outcomeOf(result: CellResult, host: Host): CellOutcome {
  const attempts = result.attempts === undefined ? {} : { attempts: result.attempts };
  if (result.kind === 'built') return { cell: result.part.cell, state: 'built', part: result.part, ...attempts };
  return {
    cell: result.cell,
    state: 'failed',
    problem: problemOf(result.fault, host),
    ...attempts,
    ...(result.command === undefined ? {} : { command: result.command }),
  };
}
