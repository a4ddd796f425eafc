import { Fault, isFault } from '../errors/fault.ts';
import { type Descriptor, descriptorOf } from '../oci/descriptor.ts';
import { type Digest, digestHex, digestOf, isDigest } from '../oci/digest.ts';
import { encodeDocument } from '../oci/encode.ts';
import { decodeIndex, type ImageIndex } from '../oci/image-index.ts';
import { mediaTypes } from '../oci/media-types.ts';

/**
 * What a channel tag pointed at, kept beside it in its repository: an index under a tag of its own whose entries are the
 * images themselves, newest first. So every machine can read it, no registry and no prune takes for rubbish what the
 * channel may go back to, and it needs no place besides the registry.
 */
export interface ChannelHistory {
  readonly tag: string;
  /** Oldest first; the last 50. */
  readonly moves: readonly ChannelMove[];
}

export interface ChannelMove {
  /** `found`: what the tag pointed at before anything was recorded. */
  readonly action: 'found' | 'promote' | 'rollback';
  /** ISO 8601. */
  readonly at: string;
  /** What the tag pointed at before; absent where it was new. */
  readonly from?: Digest;
  readonly to: Descriptor;
  /** The reference that was promoted. */
  readonly source?: string;
  /** The run of the CI service that did it. */
  readonly runUrl?: string;
}

export const channelArtifactType = 'application/vnd.polyarch.channel.v1+json';
const keptMoves = 50;
const prefix = 'dev.polyarch.channel.';
const longestTag = 128;

/** The tag under which the history of a tag is kept. */
export function channelTag(tag: string): string {
  const name = `polyarch-channel-${tag}`;
  return name.length <= longestTag ? name : `polyarch-channel-${digestHex(digestOf(tag))}`;
}

/** The index of a history; equal histories give equal bytes. */
export function encodeChannel({ tag, moves }: ChannelHistory): {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
} {
  const index: ImageIndex = {
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    artifactType: channelArtifactType,
    manifests: moves.slice(-keptMoves).toReversed().map(entryOf),
    annotations: { [`${prefix}tag`]: tag },
  };
  const bytes = encodeDocument(index);
  return { descriptor: { ...descriptorOf(mediaTypes.index, bytes), artifactType: channelArtifactType }, bytes };
}

/** @throws {Fault} CHANNEL_HISTORY_MALFORMED where something else stands under the tag of the history */
export function decodeChannel(bytes: Uint8Array, tag: string): ChannelHistory {
  try {
    const { artifactType, manifests } = decodeIndex(bytes);
    if (artifactType !== channelArtifactType) throw malformed(tag, `it is of the type "${artifactType ?? 'image'}"`);
    return { tag, moves: manifests.toReversed().map((entry) => moveOf(entry, tag)) };
  } catch (cause) {
    if (!isFault(cause) || cause.code === 'CHANNEL_HISTORY_MALFORMED') throw cause;
    throw malformed(tag, cause.message);
  }
}

/**
 * What a tag pointed at before what it points at now, newest first, each once in a row. What was rolled back from is not
 * in it: to roll back twice goes back two steps.
 */
export function formerDigests({ moves }: ChannelHistory, current: Digest | undefined): readonly Digest[] {
  const stack: Digest[] = [];
  for (const { action, from, to } of moves) {
    if (from !== undefined) alignTo(stack, from);
    if (action === 'rollback') alignTo(stack, to.digest);
    else if (stack.at(-1) !== to.digest) stack.push(to.digest);
  }
  // Where the tag was moved by other means, all that is recorded is former.
  const place = current === undefined ? -1 : stack.lastIndexOf(current);
  return (place < 0 ? stack : stack.slice(0, place)).toReversed();
}

/** A move that was recorded and then did not happen is passed over: the next one tells what the tag really pointed at. */
function alignTo(stack: Digest[], digest: Digest): void {
  const place = stack.lastIndexOf(digest);
  if (place < 0) stack.push(digest);
  else stack.length = place + 1;
}

function entryOf({ action, at, from, to, source, runUrl }: ChannelMove): Descriptor {
  const { mediaType, digest, size } = to;
  const annotations = Object.entries({ action, at, from, source, run: runUrl }).flatMap(([key, value]) =>
    value === undefined ? [] : [[`${prefix}${key}`, value] as const],
  );
  return { mediaType, digest, size, annotations: Object.fromEntries(annotations) };
}

function moveOf({ annotations = {}, ...to }: Descriptor, tag: string): ChannelMove {
  const { action, at, from, source, run } = Object.fromEntries(
    ['action', 'at', 'from', 'source', 'run'].map((key) => [key, annotations[`${prefix}${key}`]]),
  );
  if ((action !== 'found' && action !== 'promote' && action !== 'rollback') || at === undefined)
    throw malformed(tag, 'an entry does not say what was done and when');
  if (from !== undefined && !isDigest(from)) throw malformed(tag, `"${from}" is no digest`);
  return {
    action,
    at,
    to,
    ...(from === undefined ? {} : { from }),
    ...(source === undefined ? {} : { source }),
    ...(run === undefined ? {} : { runUrl: run }),
  };
}

function malformed(tag: string, why: string): Fault {
  return new Fault(
    'CHANNEL_HISTORY_MALFORMED',
    `Cannot read the record of the tag "${tag}" under "${channelTag(tag)}": ${why}`,
    { where: { reference: channelTag(tag) } },
  );
}
