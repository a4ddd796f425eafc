import type { Config } from '../config/config.ts';
import type { Cell } from '../plan/cell.ts';
import { findBuildkitNeed } from '../plan/choose-engine.ts';
import { noEvent } from '../plan/event-facts.ts';
import { expandMatrix } from '../plan/expand-matrix.ts';
import type { Facts } from '../plan/facts.ts';
import { placeCells } from '../plan/place-cells.ts';

/** What a plan takes from the files of a project. */
export interface PlannedSources {
  /** The folder that the paths of the config are relative to; absolute. */
  readonly root: string;
  /** The text of every Dockerfile, by absolute path. */
  readonly dockerfiles: Readonly<Record<string, string>>;
}

/** The cells as any plan of this config will have them, seen from an amd64 machine. */
export function plannedCells(config: Config, sources: PlannedSources): readonly Cell[] {
  const facts = factsOf(sources);
  const drafts = config.images.flatMap((image) => expandMatrix(image, facts));
  return placeCells(drafts, facts);
}

/** Whether the jobs need BuildKit, or a Docker to try the images in. */
export function needsBuildkit(config: Config, sources: PlannedSources): boolean {
  const facts = factsOf(sources);
  const drafts = config.images.flatMap((image) => expandMatrix(image, facts));
  return findBuildkitNeed(drafts, facts) !== undefined || config.images.some(({ tests }) => tests.length > 0);
}

/** Of an event, a time and builders nothing is known yet, and nothing of a pipeline depends on them. */
function factsOf({ root, dockerfiles }: PlannedSources): Facts {
  return {
    now: '',
    runId: '',
    root,
    hostPlatform: 'linux/amd64',
    dockerfiles,
    preparedContexts: {},
    conditions: {},
    engine: { name: 'embedded', reason: '' },
    builders: [],
    history: {},
    event: noEvent,
  };
}
