import * as fc from 'fast-check';
import type { TarEntry } from '../../../src/archive/tar-entry.ts';
import { readTar } from '../../../src/archive/tar-reader.ts';
import { packTar, type TarInput } from '../../../src/archive/tar-writer.ts';
import { gather } from './streams.ts';

/** A plain file, with what a test wants to be different. */
export function fileEntry(changes: Partial<TarEntry> = {}): TarEntry {
  return {
    path: 'file',
    type: 'file',
    mode: 0o644,
    uid: 0,
    gid: 0,
    sizeBytes: 0,
    modified: { seconds: 1_700_000_000, nanoseconds: 0 },
    ...changes,
  };
}

export interface ReadEntry {
  readonly entry: TarEntry;
  readonly content: Buffer;
}

/** Every entry of an archive with its content. */
export async function readAll(source: AsyncIterable<Uint8Array>): Promise<readonly ReadEntry[]> {
  const all: ReadEntry[] = [];
  for await (const { entry, content } of readTar(source)) all.push({ entry, content: await gather(content) });
  return all;
}

/** The bytes of an archive. */
export function pack(...inputs: readonly TarInput[]): Promise<Buffer> {
  return gather(packTar(inputs));
}

const segment = fc
  .oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
    fc.string({ unit: 'grapheme-ascii', minLength: 90, maxLength: 130 }),
  )
  .map((text) => text.replaceAll(/[/\0]/g, '_'))
  .filter((text) => text !== '.' && text !== '..');
const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => segments.join('/'));
const id = fc.oneof(fc.nat(70_000), fc.integer({ min: 2_097_150, max: 2_097_154 }), fc.maxSafeNat());
const name = fc.oneof(fc.constantFrom('root', 'node'), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }));
const seconds = fc.oneof(
  fc.integer({ min: -5, max: 5 }),
  fc.integer(),
  fc.integer({ min: 8 ** 11 - 2, max: 8 ** 11 + 2 }),
);
const nanoseconds = fc.oneof(fc.constant(0), fc.nat(999_999_999));
const bytes = fc.uint8Array({ minLength: 1, maxLength: 40 });
const xattrs = fc
  .array(fc.tuple(fc.stringMatching(/^(?:user|security|trusted)\.[a-z.%é]{1,20}$/), fc.uint8Array({ maxLength: 40 })), {
    minLength: 1,
    maxLength: 3,
  })
  .map((pairs) => new Map(pairs));
const records = fc
  .array(fc.tuple(fc.stringMatching(/^(?:comment|VENDOR\.[a-z]{1,8})$/), bytes), { minLength: 1, maxLength: 3 })
  .map((pairs) => new Map(pairs));

const common = {
  path,
  mode: fc.nat(0o7777),
  uid: id,
  gid: id,
  modified: fc.record({ seconds, nanoseconds }),
};
const optional = { userName: name, groupName: name, xattrs, paxRecords: records };

const file = fc
  .tuple(
    fc.record({ ...common, ...optional }, { requiredKeys: ['path', 'mode', 'uid', 'gid', 'modified'] }),
    fc.uint8Array({ maxLength: 1500 }),
  )
  .map(([rest, content]) => ({ entry: { ...rest, type: 'file' as const, sizeBytes: content.length }, content }));
const other = fc
  .tuple(
    fc.record({ ...common, ...optional }, { requiredKeys: ['path', 'mode', 'uid', 'gid', 'modified'] }),
    fc.oneof(
      fc.record({ type: fc.constantFrom('directory' as const, 'fifo' as const) }),
      fc.record({ type: fc.constantFrom('symlink' as const, 'hardlink' as const), linkTarget: path }),
      fc.record({
        type: fc.constantFrom('character-device' as const, 'block-device' as const),
        deviceMajor: fc.oneof(fc.nat(4095), fc.constant(3_000_000)),
        deviceMinor: fc.nat(1_048_575),
      }),
    ),
  )
  .map(([rest, kind]) => ({ entry: { ...rest, ...kind, sizeBytes: 0 }, content: new Uint8Array(0) }));

/** Any entry that a tar can hold, with its content: every type, long and foreign names, big ids, times before 1970. */
export const anyInput: fc.Arbitrary<{ readonly entry: TarEntry; readonly content: Uint8Array }> = fc.oneof(file, other);
