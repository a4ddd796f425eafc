import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Descriptor } from '../../../src/oci/descriptor.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import type { ImageIndex } from '../../../src/oci/image-index.ts';
import { emptyIndex, findImage, imageNames, nameImage, unnameImage } from '../../../src/store/layout-index.ts';
import { addReferrer, cosignTags, isReferrersTag, referrersTag } from '../../../src/store/referrers-tag.ts';

const names = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9._-]{1,12}$/),
  fc.stringMatching(/^ghcr\.io\/[a-z]{1,6}\/[a-z]{1,6}:[a-z0-9]{1,4}$/),
  fc.string({ minLength: 1, maxLength: 8 }),
);
const contents = fc.constantFrom('a', 'b', 'c');
const moves = fc.array(fc.tuple(names, contents), { maxLength: 12 });

function descriptor(content: string): Descriptor {
  return { mediaType: 'text/plain', digest: digestOf(content), size: content.length };
}

function indexOf(steps: readonly (readonly [string, string])[]): ImageIndex {
  return steps.reduce((index, [name, content]) => nameImage(index, name, descriptor(content)), emptyIndex);
}

describe('nameImage', () => {
  test('gives every name what it was given last, and leaves the others alone', () => {
    fc.assert(
      fc.property(moves, (steps) => {
        const index = indexOf(steps);
        const last = new Map(steps);

        expect([...imageNames(index)].sort()).toEqual([...last.keys()].sort());
        for (const [name, content] of last) expect(findImage(index, name)).toEqual(descriptor(content));
      }),
      { numRuns: 300 },
    );
  });

  test('notes the whole reference beside a tag, which both find', () => {
    const index = nameImage(emptyIndex, '1', { ...descriptor('a'), whole: 'acme/app:1' });

    expect(index.manifests[0]?.annotations).toEqual({
      'io.containerd.image.name': 'docker.io/acme/app:1',
      'org.opencontainers.image.ref.name': '1',
    });
    for (const name of ['1', 'docker.io/acme/app:1', 'acme/app:1'])
      expect(findImage(index, name)).toEqual(descriptor('a'));
    expect(imageNames(nameImage(index, '1', descriptor('b')))).toEqual(['1']);
  });

  test('is undone by unnameImage', () => {
    fc.assert(
      fc.property(moves, names, (steps, name) => {
        const index = unnameImage(indexOf(steps), name);
        const without = nameImage(index, name, descriptor('new'));

        expect(imageNames(index)).not.toContain(name);
        expect(unnameImage(without, name)).toEqual(index);
        expect(unnameImage(index, name)).toBe(index);
      }),
      { numRuns: 200 },
    );
  });
});

describe('referrersTag', () => {
  test('is known from other tags', () => {
    const [sha256, sha512] = [digestOf('x'), digestOf('x', 'sha512')];

    for (const tag of [referrersTag(sha256), referrersTag(sha512), ...cosignTags(sha256)]) {
      expect(isReferrersTag(tag), tag).toBe(true);
      expect(tag.length).toBeLessThanOrEqual(128);
    }
    for (const tag of ['latest', 'sha256-abc', `${referrersTag(sha256)}.txt`])
      expect(isReferrersTag(tag), tag).toBe(false);
  });

  test('addReferrer adds each referrer once', () => {
    const one = addReferrer(undefined, descriptor('a'));

    expect(addReferrer(one, descriptor('a'))).toBe(one);
    expect(addReferrer(one, descriptor('b')).manifests).toEqual([descriptor('a'), descriptor('b')]);
  });
});
