import { openCache } from '../../engine/embedded/cache.ts';
import { Fault, isFault } from '../../errors/fault.ts';
import type { Host } from '../../host/host.ts';
import { cacheDirectory } from '../../host/user-directories.ts';
import type { Cell } from '../../plan/cell.ts';
import type { CellInputs } from '../../plan/input-digest.ts';
import type { Plan } from '../../plan/plan.ts';
import { forEachLimited } from '../../store/for-each-limited.ts';
import { InputReader, UnpinnedInput } from './input-reader.ts';

const parallelCells = 8;

/**
 * Names the inputs of cells, or tells why their result cannot be told from them. What goes wrong here is such a reason: the
 * build meets it again and tells it whole.
 */
export async function gatherInputs(
  plan: Plan,
  cells: readonly Cell[],
  host: Host,
): Promise<ReadonlyMap<string, CellInputs>> {
  const cache = await openCache(cacheDirectory(host), host);
  try {
    const reader = new InputReader(plan, cache, host);
    const found = new Map<string, CellInputs>();
    await forEachLimited(cells, parallelCells, async (cell) => {
      found.set(cell.id, await inputsOf(cell, reader, host));
    });
    reader.save();
    return found;
  } finally {
    cache.close();
  }
}

async function inputsOf(cell: Cell, reader: InputReader, host: Host): Promise<CellInputs> {
  try {
    return { digest: await reader.digest(cell) };
  } catch (problem) {
    const isReason = problem instanceof UnpinnedInput || (problem instanceof Fault && !isFault(problem, 'INTERRUPTED'));
    if (!isReason) throw problem;
    return { reason: host.redactor.redact(problem.message) };
  }
}
