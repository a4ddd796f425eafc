import type { Host } from '../../host/host.ts';
import { quoteCommand } from '../../host/quote-command.ts';
import type { BuilderFacts } from '../../plan/builder-facts.ts';
import type { Cell } from '../../plan/cell.ts';
import { cellSlug } from '../../plan/cell-slug.ts';
import { assembleBuildArgv } from './assemble-build-argv.ts';
import { canPush } from './push-ability.ts';

/**
 * What to type to build a cell by hand, quoted for a POSIX shell, the values of secrets left out. It pushes by digest where the
 * cell does, and else leaves an archive in the current folder.
 */
export function manualCommand(cell: Cell, builder: BuilderFacts, host: Host): string {
  const { repository, recipe } = cell;
  const args = assembleBuildArgv(cell, {
    builder,
    dockerfile: recipe.dockerfile,
    contexts: recipe.contexts,
    output:
      repository !== undefined && canPush(builder, cell)
        ? { kind: 'push', repository }
        : { kind: 'archive', file: `${cellSlug(cell.id)}.tar` },
    cache: cell.cache ?? { from: [], to: [] },
    progress: 'plain',
    hasEpoch: isEpochSet(cell, host),
  });
  return quoteCommand('docker', args, host.redactor);
}

/** Whether buildx hands SOURCE_DATE_EPOCH to the build, from its environment or as a build arg. */
export function isEpochSet({ recipe }: Cell, { env }: Host): boolean {
  return (recipe.args['SOURCE_DATE_EPOCH'] ?? env['SOURCE_DATE_EPOCH'] ?? '') !== '';
}
