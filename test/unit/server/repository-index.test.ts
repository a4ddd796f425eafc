import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isFault } from '../../../src/errors/fault.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import { mediaTypes } from '../../../src/oci/media-types.ts';
import { RepositoryIndex } from '../../../src/server/repository-index.ts';

function manifest(name: string) {
  return { mediaType: mediaTypes.manifest, digest: digestOf(name), size: name.length };
}

function entriesOf(index: RepositoryIndex): readonly { readonly digest: string; readonly annotations?: unknown }[] {
  return (JSON.parse(index.format()) as { manifests: { digest: string; annotations?: unknown }[] }).manifests;
}

describe('RepositoryIndex', () => {
  test('has one entry for each tag, and one for each manifest without', () => {
    const index = new RepositoryIndex().withManifest(manifest('a'), []).withManifest(manifest('b'), ['v1', 'v2']);

    expect(entriesOf(index)).toEqual([
      manifest('a'),
      { ...manifest('b'), annotations: { 'org.opencontainers.image.ref.name': 'v1' } },
      { ...manifest('b'), annotations: { 'org.opencontainers.image.ref.name': 'v2' } },
    ]);
    expect(index.manifests).toEqual([manifest('a'), manifest('b')]);
    expect(index.tagsOf(manifest('b').digest)).toEqual(['v1', 'v2']);
  });

  test('keeps a manifest that lost its last tag', () => {
    const index = new RepositoryIndex().withManifest(manifest('a'), ['v1']);

    const moved = index.withManifest(manifest('b'), ['v1']);
    const removed = index.withoutTag('v1');

    expect([moved.manifest(manifest('a').digest), moved.tagged('v1')]).toEqual([manifest('a'), manifest('b')]);
    expect([removed.manifests, removed.tags]).toEqual([[manifest('a')], []]);
  });

  test('takes a manifest away with its tags', () => {
    const index = new RepositoryIndex().withManifest(manifest('a'), ['v1']).withManifest(manifest('b'), ['v2']);

    const rest = index.withoutManifests(new Set([manifest('a').digest]));

    expect([rest.manifests, rest.tags]).toEqual([[manifest('b')], ['v2']]);
  });

  test('keeps what other tools wrote', () => {
    const foreign = {
      ...manifest('a'),
      annotations: { 'org.opencontainers.image.ref.name': 'docker.io/a/b:c', own: 'x' },
      extra: 1,
    };
    const text = JSON.stringify({ schemaVersion: 2, manifests: [foreign], custom: true });

    const index = RepositoryIndex.parse(text).withManifest(manifest('b'), ['v1']);

    expect(JSON.parse(index.format())).toMatchObject({ custom: true, manifests: [foreign, manifest('b')] });
    expect(index.tags).toEqual(['v1']);
  });

  test('refuses what is no index', () => {
    const caught = (() => {
      try {
        return RepositoryIndex.parse('{"schemaVersion":2,"config":{}}');
      } catch (error) {
        return error;
      }
    })();

    expect(isFault(caught, 'DOCUMENT_MALFORMED')).toBe(true);
    expect(() => RepositoryIndex.parse('{')).toThrow(SyntaxError);
  });

  test('is what a plain map of tags and a set of manifests would be, after any changes, also when read back', () => {
    const tag = fc.constantFrom('a', 'b', 'c');
    const name = fc.constantFrom('x', 'y', 'z');
    const change = fc.oneof(
      fc.record({ kind: fc.constant('put' as const), name, tags: fc.uniqueArray(tag) }),
      fc.record({ kind: fc.constant('untag' as const), tag }),
      fc.record({ kind: fc.constant('delete' as const), name }),
    );
    fc.assert(
      fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
        const tags = new Map<string, string>();
        const manifests = new Set<string>();
        let index = new RepositoryIndex();
        for (const step of changes) {
          if (step.kind === 'put') {
            manifests.add(step.name);
            for (const each of step.tags) tags.set(each, step.name);
            index = index.withManifest(manifest(step.name), step.tags);
          } else if (step.kind === 'untag') {
            tags.delete(step.tag);
            index = index.withoutTag(step.tag);
          } else {
            manifests.delete(step.name);
            for (const [each, target] of tags) if (target === step.name) tags.delete(each);
            index = index.withoutManifests(new Set([manifest(step.name).digest]));
          }
        }
        const read = RepositoryIndex.parse(index.format());
        expect(read.tags).toEqual([...tags.keys()].sort());
        for (const [each, target] of tags) expect(read.tagged(each)).toEqual(manifest(target));
        expect(read.manifests.map(({ digest }) => digest).sort()).toEqual(
          [...manifests].map((each) => digestOf(each)).sort(),
        );
      }),
      { numRuns: 200 },
    );
  });
});
