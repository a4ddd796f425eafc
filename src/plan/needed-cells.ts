import type { Cell } from './cell.ts';

const targetScheme = 'target:';

/** The cell that a named context `target:NAME` of another cell means: same platform, same variant where there is one. */
export function targetCell(name: string, { platform, variant }: Cell, cells: readonly Cell[]): Cell | undefined {
  const offered = cells.filter((cell) => cell.image === name && cell.platform === platform);
  return offered.find((cell) => cell.variant === variant) ?? offered.find((cell) => cell.variant === '') ?? offered[0];
}

/** Some cells of a plan with those whose results they copy from, in the order of the plan. */
export function withNeededCells(wanted: readonly Cell[], all: readonly Cell[]): readonly Cell[] {
  const found = new Set<Cell>();
  const open = [...wanted];
  for (let cell = open.pop(); cell !== undefined; cell = open.pop()) {
    if (found.has(cell)) continue;
    found.add(cell);
    for (const source of Object.values(cell.recipe.contexts)) {
      const needed = source.startsWith(targetScheme)
        ? targetCell(source.slice(targetScheme.length), cell, all)
        : undefined;
      if (needed !== undefined) open.push(needed);
    }
  }
  return all.filter((cell) => found.has(cell));
}
