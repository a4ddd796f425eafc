import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../../errors/fault.ts';
import type { Descriptor } from '../../oci/descriptor.ts';
import type { BuilderFacts } from '../../plan/builder-facts.ts';
import type { Cell, Placement } from '../../plan/cell.ts';
import type { Part } from '../../plan/part.ts';
import type { ImageStore } from '../../store/content-store.ts';
import { copyGraph } from '../../store/copy.ts';
import { parseLocation } from '../../store/location.ts';
import { openLocation } from '../../store/open-location.ts';
import type { BuildOutput } from './assemble-build-argv.ts';
import type { BuildSteps } from './build-steps.ts';
import { type BuildMetadata, decodeMetadata, nodeOf } from './decode-metadata.ts';
import { readPart } from './read-part.ts';
import type { RunningAttempt } from './running-attempt.ts';

export interface TakePartOptions {
  readonly attempt: RunningAttempt;
  /** The file that buildx wrote. */
  readonly metadata: string;
  readonly output: BuildOutput;
  readonly steps: BuildSteps;
}

/**
 * What a build exported as a part. What the builder pushed lies in the repository; what came back lies in `content/` of the run,
 * or is pushed from here where the cell has a repository.
 * @throws {Fault} BUILD_RESULT_WRONG, and those of the stores
 */
export async function takePart({ attempt, metadata: file, output, steps }: TakePartOptions): Promise<Part> {
  const { request, host, runFolder, startedMs } = attempt;
  const { cell, builder } = request;
  const metadata = await readMetadata(file, cell);
  checkNode(metadata, request);
  const place =
    output.kind === 'push' ? output.repository : `oci:${output.kind === 'layout' ? output.folder : output.file}`;
  const store = await openLocation(parseLocation(place), { host, mode: 'read' });
  const root = metadata.descriptor ?? (await store.resolve(metadata.digest));
  if (root === undefined) throw wrong(cell, `${metadata.digest} is not in ${place}`);
  const { attestations, ...content } = await readPart(store, root, { cell, steps: steps.all });
  const location = output.kind === 'push' ? place : await bring(store, root, { attempt, runFolder });
  return {
    cell: cell.id,
    platform: cell.platform,
    ...content,
    durationMs: host.clock.monotonicMs() - startedMs,
    steps: steps.counts,
    engine: builder.name,
    location,
    ...(attestations.length === 0 ? {} : { attestations }),
  };
}

/** Copies what lies in the folder of one build to where it is to stay, and gives that place. */
async function bring(
  source: ImageStore,
  root: Descriptor,
  { attempt, runFolder }: { readonly attempt: RunningAttempt; readonly runFolder: string },
): Promise<string> {
  const { host, request, task } = attempt;
  const location = request.cell.repository ?? `oci:${join(runFolder, 'content')}`;
  const destination = await openLocation(parseLocation(location), { host, mode: 'write' });
  await copyGraph(root, { host, source, destination, parentTask: task });
  await destination.close?.();
  return location;
}

async function readMetadata(file: string, cell: Cell): Promise<BuildMetadata> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw wrong(cell, 'buildx wrote no metadata', cause);
  });
  return decodeMetadata(bytes);
}

/** buildx chooses the node itself: where it took one that emulates, the route of the plan does not hold. */
function checkNode(
  metadata: BuildMetadata,
  { cell, placement, builder }: { readonly cell: Cell; readonly placement: Placement; readonly builder: BuilderFacts },
): void {
  const name = nodeOf(metadata);
  if (placement.node === undefined || name === undefined || name === placement.node) return;
  const node = builder.nodes.find((one) => one.name === name);
  if (placement.route.kind !== 'native' || node?.native.includes(cell.platform) === true) return;
  const message = `Cannot take ${cell.id} from "${builder.name}": it was built on the node "${name}", which emulates ${cell.platform}, expected "${placement.node}"`;
  throw new Fault('BUILDER_NODE_WRONG', message, { where: { platform: cell.platform } });
}

function wrong(cell: Cell, reason: string, cause?: unknown): Fault {
  return new Fault('BUILD_RESULT_WRONG', `Cannot take the image of ${cell.id}: ${reason}`, {
    where: { platform: cell.platform },
    ...(cause === undefined ? {} : { cause }),
  });
}
