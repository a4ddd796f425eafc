import { Fault } from '../../errors/fault.ts';
import type { Cell } from '../../plan/cell.ts';
import type { Part } from '../../plan/part.ts';
import type { BuildOptions } from '../engine.ts';
import type { AttemptRequest, AttemptResult, RunAttempt } from './attempt.ts';
import { manualCommand } from './manual-command.ts';

const scheme = 'target:';

/**
 * Attempts at cells that stand on other images of the same build (`target:NAME` in their named contexts): each such image is built
 * first, for the same platform at the same place, where the builder's cache has it once one of them was built. Its failure is
 * the failure of the cell.
 *
 * @param cells those of the build
 */
export function runWithTargets(runAttempt: RunAttempt, cells: readonly Cell[]): RunAttempt {
  async function run(request: AttemptRequest, options: BuildOptions): Promise<AttemptResult> {
    return runOn([request.cell.id], request, options);
  }

  async function runOn(
    path: readonly string[],
    request: AttemptRequest,
    options: BuildOptions,
  ): Promise<AttemptResult> {
    const { cell } = request;
    const contexts: Record<string, string> = {};
    for (const [name, source] of Object.entries(cell.recipe.contexts)) {
      if (!source.startsWith(scheme)) contexts[name] = source;
      else {
        const found = findTarget(cells, source.slice(scheme.length), { cell, path });
        if (found instanceof Fault) return refused(found, request, options);
        // A name of its own: the image may be built for itself at the same time.
        const base = { ...found, id: `${found.id} for ${cell.id}` };
        const built = await runOn([...path, found.id], { ...request, cell: base }, options);
        if (built.kind === 'failed') return built;
        contexts[name] = contextOf(built.part);
      }
    }
    return runAttempt({ ...request, cell: { ...cell, recipe: { ...cell.recipe, contexts } } }, options);
  }

  return run;
}

interface Standing {
  readonly cell: Cell;
  /** Ids of the cells that wait for it. */
  readonly path: readonly string[];
}

/** The image of the same platform: of the same variant, else without one, else the first. */
function findTarget(cells: readonly Cell[], name: string, { cell, path }: Standing): Cell | Fault {
  const offered = cells.filter(({ image, platform }) => image === name && platform === cell.platform);
  const chosen =
    offered.find(({ variant }) => variant === cell.variant) ??
    offered.find(({ variant }) => variant === '') ??
    offered[0];
  const what = `Cannot use the build context "${scheme}${name}"`;
  if (chosen === undefined) {
    return new Fault('CONTEXT_UNKNOWN', `${what}: this build makes no "${name}" for ${cell.platform}`);
  }
  if (path.includes(chosen.id)) {
    return new Fault('CONTEXT_UNKNOWN', `${what} in "${cell.image}": the two images stand on each other`);
  }
  return chosen;
}

/** A part as a named context of buildx. */
function contextOf({ location = '', manifest }: Part): string {
  const layout = /^oci:(.+)$/.exec(location)?.[1];
  return layout === undefined
    ? `docker-image://${location}@${manifest.digest}`
    : `oci-layout://${layout}@${manifest.digest}`;
}

function refused(fault: Fault, { cell, builder }: AttemptRequest, { host }: BuildOptions): AttemptResult {
  return { kind: 'failed', failure: 'permanent', fault, logTail: [], command: manualCommand(cell, builder, host) };
}
