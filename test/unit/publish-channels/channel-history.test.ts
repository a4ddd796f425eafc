import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digestOf } from '../../../src/oci/digest.ts';
import { mediaTypes } from '../../../src/oci/media-types.ts';
import {
  type ChannelMove,
  channelTag,
  decodeChannel,
  encodeChannel,
  formerDigests,
} from '../../../src/publish/channel-history.ts';

const letters = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const at = '2026-01-02T03:04:05.000Z';

function image(name: string) {
  return { mediaType: mediaTypes.index, digest: digestOf(name), size: 10 };
}

/** `promote a`, `rollback a from b` in short. */
function move(action: ChannelMove['action'], to: string, from?: string): ChannelMove {
  return { action, at, to: image(to), ...(from === undefined ? {} : { from: digestOf(from) }) };
}

function formerNames(moves: readonly ChannelMove[], current: string | undefined): readonly string[] {
  const names = new Map(letters.map((name) => [digestOf(name), name] as const));
  const found = formerDigests({ tag: 'stable', moves }, current === undefined ? undefined : digestOf(current));
  return found.map((digest) => names.get(digest) ?? digest);
}

describe('formerDigests', () => {
  const promoted = [move('promote', 'a'), move('promote', 'b', 'a'), move('promote', 'c', 'b')];

  test.each([
    ['nothing recorded', [], 'a', []],
    ['the first image', [move('promote', 'a')], 'a', []],
    ['three promotions', promoted, 'c', ['b', 'a']],
    ['what was there before the record', [move('found', 'h'), move('promote', 'a', 'h')], 'a', ['h']],
    ['a rollback', [...promoted, move('rollback', 'b', 'c')], 'b', ['a']],
    ['two rollbacks', [...promoted, move('rollback', 'b', 'c'), move('rollback', 'a', 'b')], 'a', []],
    [
      'a promotion behind a rollback',
      [...promoted, move('rollback', 'b', 'c'), move('promote', 'd', 'b')],
      'd',
      ['b', 'a'],
    ],
    ['a move that did not happen', [...promoted, move('promote', 'e', 'c')], 'c', ['b', 'a']],
    [
      'one that did not happen before one that did',
      [...promoted, move('promote', 'e', 'c'), move('promote', 'f', 'c')],
      'f',
      ['c', 'b', 'a'],
    ],
    ['a tag that somebody moved since', promoted, 'h', ['c', 'b', 'a']],
    [
      'a tag that somebody moved and that was promoted then',
      [...promoted, move('found', 'h'), move('promote', 'd', 'h')],
      'd',
      ['h', 'c', 'b', 'a'],
    ],
    ['a tag that is gone', promoted, undefined, ['c', 'b', 'a']],
    ['the same again', [...promoted, move('promote', 'c', 'c')], 'c', ['b', 'a']],
  ])('knows what was before: %s', (_name, moves, current, expected) => {
    expect(formerNames(moves, current)).toEqual(expected);
  });

  test('to roll back step by step meets every promoted image once', () => {
    const images = fc.uniqueArray(fc.constantFrom(...letters), { minLength: 1 });
    fc.assert(
      fc.property(images, (names) => {
        let moves = names.map((name, place) => move('promote', name, names[place - 1]));
        let current = names.at(-1) ?? '';
        const met = [current];
        for (let next = formerNames(moves, current)[0]; next !== undefined; next = formerNames(moves, current)[0]) {
          moves = [...moves, move('rollback', next, current)];
          current = next;
          met.push(next);
        }

        expect(met).toEqual(names.toReversed());
      }),
      { numRuns: 100 },
    );
  });
});

describe('the index of a channel', () => {
  test('decode gives what was encoded, the newest 50', () => {
    const text = fc.string({ minLength: 1, maxLength: 20 });
    const moves = fc.array(
      fc.record({
        action: fc.constantFrom('found' as const, 'promote' as const, 'rollback' as const),
        at: fc.constant(at),
        to: text.map(image),
        from: text.map((name) => digestOf(name)),
        source: text,
        runUrl: text,
      }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(moves, (all) => {
        const { bytes } = encodeChannel({ tag: 'stable', moves: all });

        expect(decodeChannel(bytes, 'stable')).toEqual({ tag: 'stable', moves: all.slice(-50) });
      }),
      { numRuns: 60 },
    );
  });

  test.each([
    ['an image', { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [] }],
    [
      'an entry without words',
      {
        schemaVersion: 2,
        mediaType: mediaTypes.index,
        artifactType: 'application/vnd.polyarch.channel.v1+json',
        manifests: [image('a')],
      },
    ],
    ['no index', { schemaVersion: 2, mediaType: mediaTypes.manifest, config: image('c'), layers: [] }],
  ])('CHANNEL_HISTORY_MALFORMED for %s', (_name, document) => {
    const bytes = new TextEncoder().encode(JSON.stringify(document));

    expect(() => decodeChannel(bytes, 'stable')).toThrow(
      expect.objectContaining({ code: 'CHANNEL_HISTORY_MALFORMED' }),
    );
  });

  test('the tag of a record is a tag, however long the other is', () => {
    expect(channelTag('stable')).toBe('polyarch-channel-stable');
    expect(channelTag('x'.repeat(128))).toMatch(/^polyarch-channel-[a-f0-9]{64}$/);
  });
});
