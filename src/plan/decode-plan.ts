import {
  type Decoder,
  decodeBoolean,
  decodeDocument,
  decodeInteger,
  decodeText,
  listOf,
  objectOf,
  optional,
  type Place,
  refuse,
} from '../oci/decode.ts';
import { decodeBuilder } from './decode-builder.ts';
import { decodeCell, decodePath } from './decode-cell.ts';
import { decodeTime, decodeVersion, oneOf } from './decode-choice.ts';
import { decodeRelease } from './decode-release.ts';
import type { EventFacts, PullRequestFacts, RepositoryFacts } from './event-facts.ts';
import type { EngineFacts } from './facts.ts';
import type { Plan } from './plan.ts';

const decodePullRequest: Decoder<PullRequestFacts> = objectOf<PullRequestFacts>({
  number: decodeInteger,
  headSha: optional(decodeText),
  headRef: optional(decodeText),
  baseRef: optional(decodeText),
  isFork: decodeBoolean,
});

const decodeRepository: Decoder<RepositoryFacts> = objectOf<RepositoryFacts>({
  fullName: decodeText,
  url: optional(decodeText),
  description: optional(decodeText),
  license: optional(decodeText),
});

const decodeEvent: Decoder<EventFacts> = objectOf<EventFacts>({
  provider: oneOf('github', 'gitlab', 'jenkins', 'git', 'none'),
  name: decodeText,
  ref: decodeText,
  sha: decodeText,
  commitDate: optional(decodeText),
  defaultBranch: optional(decodeText),
  baseRef: optional(decodeText),
  pullRequest: optional(decodePullRequest),
  repository: optional(decodeRepository),
  runNumber: optional(decodeInteger),
  runUrl: optional(decodeText),
  isCi: decodeBoolean,
});

/** It becomes the name of a folder. */
function decodeRunId(value: unknown, place: Place): string {
  const id = decodeText(value, place);
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(id) ? id : refuse(value, place, 'the id of a run');
}

const decodeFields: Decoder<Plan> = objectOf<Plan>({
  version: decodeVersion,
  runId: decodeRunId,
  createdAt: decodeTime,
  root: decodePath,
  engine: objectOf<EngineFacts>({ name: oneOf('embedded', 'buildkit'), reason: decodeText }),
  builders: listOf(decodeBuilder),
  event: decodeEvent,
  cells: listOf(decodeCell),
  releases: listOf(decodeRelease),
});

/**
 * Reads a plan from JSON bytes or a parsed value. Cells have ids of their own, and releases name cells that are there.
 *
 * @throws {Fault} DOCUMENT_MALFORMED
 */
export function decodePlan(input: unknown): Plan {
  return decodeDocument(input, 'plan', decodeWhole);
}

function decodeWhole(value: unknown, place: Place): Plan {
  const plan = decodeFields(value, place);
  const ids = new Set<string>();
  for (const [number, { id }] of plan.cells.entries()) {
    if (ids.has(id))
      refuse(id, { ...place, path: `${place.path}.cells[${number}].id` }, 'an id that no other cell has');
    ids.add(id);
  }
  for (const [number, { cells }] of plan.releases.entries()) {
    const stranger = cells.find((id) => !ids.has(id));
    if (stranger !== undefined)
      refuse(stranger, { ...place, path: `${place.path}.releases[${number}].cells` }, 'cells of the plan');
  }
  return plan;
}
