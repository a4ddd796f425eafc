import { isFault } from '../errors/fault.ts';
import type { Digest } from '../oci/digest.ts';
import { decodeConfig } from '../oci/image-config.ts';
import { isConfigType } from '../oci/media-types.ts';
import { readBytes } from '../store/collect-content.ts';
import type { ImageStore } from '../store/content-store.ts';
import { forEachLimited } from '../store/for-each-limited.ts';
import type { PruneNode, RepositoryGraph } from './prune-graph.ts';

const createdAnnotation = 'org.opencontainers.image.created';
const parallelReads = 8;

/** Times before this are no times: reproducible builds write 0 or 1 of 1970, or 1980 as zip does. */
const firstTimeMs = Date.parse('1990-01-01T00:00:00Z');

/**
 * When the image of each tag was made, in milliseconds since 1970: as the index says, else its newest config. One that
 * does not tell is left out.
 */
export async function gatherAges(store: ImageStore, graph: RepositoryGraph): Promise<ReadonlyMap<Digest, number>> {
  const ages = new Map<Digest, number>();
  await forEachLimited(new Set(graph.tags.values()).values(), parallelReads, async (digest) => {
    const node = graph.nodes.get(digest);
    const made = node === undefined ? undefined : await madeMs(store, node, graph);
    if (made !== undefined) ages.set(digest, made);
  });
  return ages;
}

async function madeMs(store: ImageStore, node: PruneNode, { nodes }: RepositoryGraph): Promise<number | undefined> {
  const told = timeOf(node.annotations[createdAnnotation]);
  if (told !== undefined) return told;
  const images = node.kind === 'index' ? node.entries.flatMap((entry) => nodes.get(entry) ?? []) : [node];
  const times: number[] = [];
  for (const image of images) {
    const time = timeOf(image.annotations[createdAnnotation]) ?? (await configTime(store, image));
    if (time !== undefined) times.push(time);
  }
  return times.length === 0 ? undefined : Math.max(...times);
}

async function configTime(store: ImageStore, { config }: PruneNode): Promise<number | undefined> {
  if (config === undefined || !isConfigType(config.mediaType)) return undefined;
  try {
    return timeOf(decodeConfig(await readBytes(store, config)).created);
  } catch (error) {
    // An image whose config cannot be read does not tell its age, and stays.
    if (isFault(error, 'DOCUMENT_MALFORMED', 'DOCUMENT_UNSUPPORTED', 'CONTENT_MISSING', 'GRAPH_TOO_LARGE'))
      return undefined;
    throw error;
  }
}

function timeOf(text: string | undefined): number | undefined {
  const time = text === undefined ? Number.NaN : Date.parse(text);
  return time >= firstTimeMs ? time : undefined;
}
