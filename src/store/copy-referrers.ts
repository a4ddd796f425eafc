import { Fault } from '../errors/fault.ts';
import type { Digest } from '../oci/digest.ts';
import type { ContentGraph } from './content-graph.ts';
import type { CopiedContent, CopiedImage } from './copy-options.ts';
import type { CopySession } from './copy-session.ts';
import { type FoundReferrer, findReferrers } from './find-referrers.ts';
import { sidedFault } from './sided-fault.ts';

/** More that refers to one image, and to what refers to it, is not carried but refused. */
const maxReferrers = 2000;

export interface CopiedReferrers {
  readonly contents: readonly CopiedContent[];
  readonly copied: CopiedImage['referrers'];
}

/**
 * Copies what refers to any manifest of a graph that was copied, and what refers to that in turn: by the referrers API or
 * tag, and by cosign's tags.
 * @throws {Fault} GRAPH_TOO_LARGE and the faults of a copy
 */
export async function copyReferrers(session: CopySession, graph: ContentGraph): Promise<CopiedReferrers> {
  const contents: CopiedContent[] = [];
  const copied: FoundReferrer[] = [];
  const seen = new Set<string>();
  let subjects = documentsOf(graph);
  while (subjects.length > 0) {
    const found = (await lookUp(session, subjects)).filter((one) => isNew(seen, one));
    if (seen.size > maxReferrers) throw tooMany(seen.size);
    subjects = [];
    for (const one of found) {
      const done = await session.copy(one.descriptor);
      await attach(session, one);
      contents.push(...done.contents);
      copied.push(one);
      subjects = [...subjects, ...documentsOf(done.graph)];
    }
  }
  return { contents, copied };
}

async function lookUp({ source }: CopySession, subjects: readonly Digest[]): Promise<readonly FoundReferrer[]> {
  try {
    return await findReferrers(source, subjects);
  } catch (error) {
    throw sidedFault(error, 'source', source);
  }
}

async function attach({ destination }: CopySession, { subject, descriptor, tag }: FoundReferrer): Promise<void> {
  try {
    if (tag === undefined) await destination.refer?.(subject, descriptor);
    else await destination.tag(tag, descriptor);
  } catch (error) {
    throw sidedFault(error, 'destination', destination);
  }
}

function isNew(seen: Set<string>, { subject, descriptor, tag }: FoundReferrer): boolean {
  const key = `${subject} ${descriptor.digest} ${tag ?? ''}`;
  const known = seen.has(key);
  seen.add(key);
  return !known;
}

function documentsOf(graph: ContentGraph): readonly Digest[] {
  return graph.ranks.flat().map(({ descriptor }) => descriptor.digest);
}

function tooMany(count: number): Fault {
  return new Fault(
    'GRAPH_TOO_LARGE',
    `Cannot copy the referrers: there are at least ${count}, expected at most ${maxReferrers}`,
  );
}
