import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isFault } from '../../../src/errors/fault.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import {
  formatFamiliarReference,
  formatReference,
  isRepository,
  isTag,
  parseReference,
  registryHost,
  tagOrDigest,
  withDefaultTag,
} from '../../../src/oci/reference.ts';

const digest = digestOf('content');
const digest512 = digestOf('content', 'sha512');
const longName = `${'a/'.repeat(127)}a`;

function faultOf(text: string): string {
  try {
    parseReference(text);
  } catch (error) {
    if (isFault(error, 'REFERENCE_MALFORMED')) return error.message;
    throw error;
  }
  throw new Error(`"${text}" was read`);
}

describe('parseReference', () => {
  test.each([
    ['ubuntu', 'docker.io', 'library/ubuntu', ''],
    ['ubuntu:22.04', 'docker.io', 'library/ubuntu', '22.04'],
    ['test.com:5000', 'docker.io', 'library/test.com', '5000'],
    ['192.168.0.1:80', 'docker.io', 'library/192.168.0.1', '80'],
    ['docker/migrator', 'docker.io', 'docker/migrator', ''],
    ['docker.io/foo', 'docker.io', 'library/foo', ''],
    ['docker.io/library/foo/bar', 'docker.io', 'library/foo/bar', ''],
    ['index.docker.io/foo/bar:x', 'docker.io', 'foo/bar', 'x'],
    ['index.docker.io/debian', 'docker.io', 'library/debian', ''],
    ['ghcr.io/acme/app:1.2', 'ghcr.io', 'acme/app', '1.2'],
    ['localhost/app', 'localhost', 'app', ''],
    ['localhost:5000/app:Tag_1.x-y', 'localhost:5000', 'app', 'Tag_1.x-y'],
    ['test:5000/repo:5050', 'test:5000', 'repo', '5050'],
    ['Foo/bar', 'Foo', 'bar', ''],
    ['test_com/foo', 'docker.io', 'test_com/foo', ''],
    ['[2001:db8::1]/repo', '[2001:db8::1]', 'repo', ''],
    ['[::1]:5000/repo:tag', '[::1]:5000', 'repo', 'tag'],
    ['xn--n3h.com:18080/foo', 'xn--n3h.com:18080', 'foo', ''],
    ['docker---rules/dock__er', 'docker.io', 'docker---rules/dock__er', ''],
    [`x.io/${longName}:tag-puts-this-over-max`, 'x.io', longName, 'tag-puts-this-over-max'],
    [`app:${'t'.repeat(128)}`, 'docker.io', 'library/app', 't'.repeat(128)],
    [
      'docker.io/1a3f5e7d9c1b3a5f7e9d1c3b5a7f9e1d3c5b7a9f1e3d5d7c9b1a3f5e7d9c1b3a',
      'docker.io',
      'library/1a3f5e7d9c1b3a5f7e9d1c3b5a7f9e1d3c5b7a9f1e3d5d7c9b1a3f5e7d9c1b3a',
      '',
    ],
  ])('reads %s', (text, registry, repository, tag) => {
    expect(parseReference(text)).toEqual({ registry, repository, ...(tag === '' ? {} : { tag }) });
    expect(parseReference(`${text}@${digest}`)).toEqual({
      registry,
      repository,
      ...(tag === '' ? {} : { tag }),
      digest,
    });
  });

  test('reads a sha512 digest', () => {
    expect(parseReference(`a/b@${digest512}`).digest).toBe(digest512);
  });

  test.each([
    ['', 'it names no repository'],
    ['docker.io/', 'it names no repository'],
    [':tag', 'it names no repository'],
    [`@${digest}`, 'it names no repository'],
    ['https://ghcr.io/acme/app', 'it is a URL'],
    ['1a3f5e7d9c1b3a5f7e9d1c3b5a7f9e1d3c5b7a9f1e3d5d7c9b1a3f5e7d9c1b3a', 'are an image id'],
    ['ghcr.io/Acme/App', 'its repository has capital letters, expected "acme/app"'],
    ['Uppercase:tag', 'capital letters'],
    ['docker/Docker', 'capital letters'],
    ['-docker/docker', 'is no repository'],
    ['docker-/docker', 'is no repository'],
    ['docker.io/docker///docker', 'is no repository'],
    ['____/____', 'is no repository'],
    ['dock..er/docker', '"dock..er" is no registry'],
    ['docker/dock_.er', 'is no repository'],
    ['aa/asdf$$^/aa', 'is no repository'],
    ['-x.io/docker', '"-x.io" is no registry'],
    ['[fe80::1%eth0]:5000/repo', 'is no registry'],
    ['[2001:db8:3:4::192.0.2.33]:5000/debian', 'is no registry'],
    ['fc00::1:5000/debian', 'is no registry'],
    ['[fc00::1]', 'is no repository'],
    ['x.io:port/app', 'is no registry'],
    ['app:', '"" is no tag'],
    ['app:-foo', '"-foo" is no tag'],
    ['app:a/b', '"app:a" is no registry'],
    [`app:${'t'.repeat(129)}`, 'its tag has 129 characters, expected at most 128'],
    [`x.io/a${'/a'.repeat(128)}`, 'its repository has 257 characters, expected at most 255'],
    ['app@sha256:1234', '"sha256:1234" is no digest'],
    [`app@${digest.toUpperCase()}`, 'is no digest'],
    [`app@${digest}@${digest}`, 'is no digest'],
    ['app@md5:ffffffffffffffffffffffffffffffff', 'is no digest'],
    ['a'.repeat(3000), 'it is longer than 2048 characters'],
    ['app:tag\n', 'is no tag'],
  ])('refuses %j', (text, reason) => {
    expect(faultOf(text)).toContain(reason);
  });

  test('reads what formatReference and formatFamiliarReference write', () => {
    const component = fc.stringMatching(/^[a-z0-9]{1,5}(?:(?:[._]|__|-{1,3})[a-z0-9]{1,4}){0,2}$/);
    const reference = fc.record(
      {
        registry: fc.constantFrom('docker.io', 'ghcr.io', 'localhost', 'localhost:5000', '[::1]:5000', 'UPPER'),
        repository: fc.array(component, { minLength: 2, maxLength: 4 }).map((parts) => parts.join('/')),
        tag: fc.stringMatching(/^\w[\w.-]{0,20}$/),
        digest: fc.constantFrom(digest, digest512),
      },
      { requiredKeys: ['registry', 'repository'] },
    );

    fc.assert(
      fc.property(reference, (each) => {
        expect(parseReference(formatReference(each))).toEqual(each);
        const familiar = formatFamiliarReference(each);
        // A familiar name whose first part looks like a registry cannot be told from one; Docker has the same hole.
        if (each.registry !== 'docker.io' || !/^[^/]*\.|^localhost\//.test(familiar)) {
          expect(parseReference(familiar)).toEqual(each);
        }
      }),
      { numRuns: 300 },
    );
  });
});

test.each([
  ['docker.io/library/ubuntu:22.04', 'ubuntu:22.04'],
  ['docker.io/acme/app', 'acme/app'],
  ['docker.io/library/foo/bar', 'library/foo/bar'],
  ['ghcr.io/library/app', 'ghcr.io/library/app'],
])('formatFamiliarReference shortens %s to %s', (text, familiar) => {
  expect(formatFamiliarReference(parseReference(text))).toBe(familiar);
});

test('withDefaultTag adds latest only where nothing is said', () => {
  expect(withDefaultTag(parseReference('app')).tag).toBe('latest');
  expect(withDefaultTag(parseReference('app:1')).tag).toBe('1');
  expect(withDefaultTag(parseReference(`app@${digest}`)).tag).toBeUndefined();
});

test('tagOrDigest prefers the digest', () => {
  expect(tagOrDigest(parseReference('app'))).toBe('latest');
  expect(tagOrDigest(parseReference('app:1'))).toBe('1');
  expect(tagOrDigest(parseReference(`app:1@${digest}`))).toBe(digest);
});

test('registryHost knows where Docker Hub answers', () => {
  expect(registryHost('docker.io')).toBe('registry-1.docker.io');
  expect(registryHost('ghcr.io')).toBe('ghcr.io');
});

test('isTag and isRepository hold to the limits of the specification', () => {
  expect([isTag('v1.0-rc_1'), isTag('.v1'), isTag('a'.repeat(128)), isTag('a'.repeat(129))]).toEqual([
    true,
    false,
    true,
    false,
  ]);
  expect([isRepository('a/b'), isRepository('A/b'), isRepository(longName), isRepository(`${longName}/a`)]).toEqual([
    true,
    false,
    true,
    false,
  ]);
});
