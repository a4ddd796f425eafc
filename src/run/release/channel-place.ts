import { existsSync } from 'node:fs';
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../../errors/fault.ts';
import type { Host } from '../../host/host.ts';
import { formatFamiliarReference, isTag } from '../../oci/reference.ts';
import type { TagMove } from '../../plan/tag-move.ts';
import { type Location, parseLocation } from '../../store/location.ts';

/** A tag in a repository or a layout. */
export interface ChannelAddress {
  /** Without tag and digest. */
  readonly location: Location;
  /** As a user would name the place: `ghcr.io/acme/app`, `oci:DIR`. Equal for the same place. */
  readonly name: string;
  readonly tag: string;
}

/**
 * Reads a tag: of the place of `beside` where it is a tag only, else of the place it names: `ghcr.io/acme/app:stable`,
 * `oci:DIR:stable`.
 * @throws {Fault} USAGE, LOCATION_MALFORMED, REFERENCE_MALFORMED
 */
export function readChannelAddress(text: string, beside?: Location): ChannelAddress {
  if (beside !== undefined && isTag(text)) return { ...placeOf(beside), tag: text };
  const location = parseLocation(text);
  const tag = location.kind === 'registry' ? location.reference.tag : location.image;
  const isDigest = location.kind === 'registry' && location.reference.digest !== undefined;
  if (tag !== undefined && isTag(tag) && !isDigest) return { ...placeOf(location), tag };
  throw new Fault('USAGE', `Cannot move "${text}": expected a tag, such as ghcr.io/acme/app:stable or oci:DIR:stable`);
}

/** What a place is called, without tag and digest: equal for the same place. */
export function placeName(location: Location): string {
  if (location.kind !== 'registry') return `${location.kind}:${location.path}`;
  const { registry, repository } = location.reference;
  return formatFamiliarReference({ registry, repository });
}

/** The place without the image, and its name. @throws {Fault} USAGE for an archive, whose tags cannot be moved */
function placeOf(location: Location): Omit<ChannelAddress, 'tag'> {
  if (location.kind === 'registry') {
    const { registry, repository } = location.reference;
    return { location: { kind: 'registry', reference: { registry, repository } }, name: placeName(location) };
  }
  if (location.kind === 'oci') return { location: { ...location, image: '' }, name: placeName(location) };
  throw new Fault('USAGE', `Cannot move a tag in "${location.kind}:${location.path}": an archive is written once`, {
    hint: 'Name a tag of a repository or a layout: --tag ghcr.io/acme/app:stable',
  });
}

/** Adds what was done to `.polyarch/channels.jsonl` of this folder; where that cannot be written, a note says so. */
export async function logMoves(action: 'promote' | 'rollback', moves: readonly TagMove[], host: Host): Promise<void> {
  const made = moves.filter(({ state }) => state !== 'unchanged');
  if (made.length === 0) return;
  const folder = join(host.workingDirectory, '.polyarch');
  const at = host.clock.now().toISOString();
  const lines = made.map((move) => `${JSON.stringify({ at, action, ...move })}\n`).join('');
  try {
    await mkdir(folder, { recursive: true });
    if (!existsSync(join(folder, '.gitignore'))) await writeFile(join(folder, '.gitignore'), '*\n');
    await appendFile(join(folder, 'channels.jsonl'), host.redactor.redact(lines));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const text = `The move is not noted in "${folder}": ${reason}`;
    host.emit({ kind: 'note', level: 'info', text, hint: 'It is recorded in the repository all the same' });
  }
}
