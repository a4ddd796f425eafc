import type { Descriptor } from '../../../src/oci/descriptor.ts';
import { digestAlgorithm, digestOf } from '../../../src/oci/digest.ts';
import { childrenOf, decodeNode } from '../../../src/oci/image-graph.ts';
import { isIndexType, isManifestType } from '../../../src/oci/media-types.ts';
import { type Answer, send } from './probe.ts';

/** Pulls everything that every tag of a repository leads to, and hashes it; throws where a byte is missing or wrong. Gives the tags. */
export async function pullEveryTag(registry: { readonly url: string }, repository: string): Promise<readonly string[]> {
  const list = await send(registry, 'GET', `/v2/${repository}/tags/list`);
  if (list.status === 404) return [];
  const { tags } = list.json() as { tags: string[] };
  const seen = new Set<string>();
  for (const tag of tags) {
    const { body, headers } = wholeOf(await send(registry, 'GET', `/v2/${repository}/manifests/${tag}`), tag);
    const mediaType = String(headers['content-type']);
    await pullBelow(registry, repository, { mediaType, digest: digestOf(body), size: body.byteLength }, seen);
  }
  return tags;
}

async function pullBelow(
  registry: { readonly url: string },
  repository: string,
  descriptor: Descriptor,
  seen: Set<string>,
): Promise<void> {
  const { digest, size, mediaType } = descriptor;
  if (seen.has(digest)) return;
  seen.add(digest);
  const kind = isIndexType(mediaType) || isManifestType(mediaType) ? 'manifests' : 'blobs';
  const { body } = wholeOf(await send(registry, 'GET', `/v2/${repository}/${kind}/${digest}`), digest);
  if (body.byteLength !== size || digestOf(body, digestAlgorithm(digest)) !== digest) {
    throw new Error(`${digest} is not what it should be`);
  }
  const node = kind === 'manifests' ? decodeNode(body, mediaType) : undefined;
  for (const child of node === undefined ? [] : childrenOf(node)) await pullBelow(registry, repository, child, seen);
}

function wholeOf(answer: Answer, what: string): Answer {
  if (answer.status !== 200) throw new Error(`${what} is answered ${answer.status}: ${answer.body.toString()}`);
  return answer;
}
