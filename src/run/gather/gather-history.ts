import { readHistory } from '../../history/read-history.ts';
import type { Host } from '../../host/host.ts';
import type { CellHistory } from '../../plan/facts.ts';
import { runsFolder } from '../journal/run-journal.ts';

/** How cells went in the runs of a project; runs that cannot be read are told once. */
export async function gatherHistory(
  cells: readonly string[],
  { host, root }: { readonly host: Host; readonly root: string },
): Promise<Readonly<Record<string, CellHistory>>> {
  const { cells: history, unreadable } = await readHistory(runsFolder(root), cells);
  const [newest] = unreadable;
  if (newest !== undefined)
    host.emit({
      kind: 'note',
      level: 'info',
      text: `${unreadable.length} of the kept runs cannot be read and do not count for estimates: ${newest}${unreadable.length > 1 ? ' and older ones' : ''}`,
      hint: 'Remove them from .polyarch/runs',
    });
  return history;
}
