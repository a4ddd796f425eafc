import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digestOf } from '../../../src/oci/digest.ts';
import { formatLocation, type Location, parseLocation } from '../../../src/store/location.ts';

const digest = digestOf('x');

describe('parseLocation', () => {
  test.each<[string, Location]>([
    ['oci:out', { kind: 'oci', path: 'out', image: '' }],
    ['oci:out:v1', { kind: 'oci', path: 'out', image: 'v1' }],
    ['oci:/a/b:ghcr.io/acme/app:1.0', { kind: 'oci', path: '/a/b', image: 'ghcr.io/acme/app:1.0' }],
    [`oci:out@${digest}`, { kind: 'oci', path: 'out', image: digest }],
    [`oci-layout://out:v1@${digest}`, { kind: 'oci', path: 'out', image: digest }],
    ['oci-layout:///abs/out', { kind: 'oci', path: '/abs/out', image: '' }],
    ['oci-archive:a.tar', { kind: 'oci-archive', path: 'a.tar', image: '' }],
    ['oci-archive:a.tar:v1', { kind: 'oci-archive', path: 'a.tar', image: 'v1' }],
    ['docker-archive:a.tar:app:1.0', { kind: 'docker-archive', path: 'a.tar', image: 'app:1.0' }],
    ['docker://alpine', { kind: 'registry', reference: { registry: 'docker.io', repository: 'library/alpine' } }],
    ['ghcr.io/a/b:1', { kind: 'registry', reference: { registry: 'ghcr.io', repository: 'a/b', tag: '1' } }],
    ['localhost:5000/a', { kind: 'registry', reference: { registry: 'localhost:5000', repository: 'a' } }],
  ])('reads %s', (text, location) => {
    expect(parseLocation(text)).toEqual(location);
  });

  test.each([
    ['oci:', 'LOCATION_MALFORMED'],
    ['oci::v1', 'LOCATION_MALFORMED'],
    ['oci:out:', 'LOCATION_MALFORMED'],
    ['dir:out', 'LOCATION_MALFORMED'],
    ['docker-daemon:app:1', 'LOCATION_MALFORMED'],
    ['https://ghcr.io/a/b', 'LOCATION_MALFORMED'],
    ['docker://a/UPPER', 'REFERENCE_MALFORMED'],
    ['', 'REFERENCE_MALFORMED'],
  ])('refuses %j with %s', (text, code) => {
    expect(() => parseLocation(text)).toThrow(expect.objectContaining({ code }));
  });

  test('reads what formatLocation writes', () => {
    const path = fc.stringMatching(/^[a-zA-Z0-9._/-]{1,20}$/);
    const image = fc.oneof(fc.constant(''), fc.constant(digest), fc.stringMatching(/^[a-z0-9]{1,8}(:[a-z0-9]{1,5})?$/));
    const kind = fc.constantFrom('oci', 'oci-archive', 'docker-archive');
    fc.assert(
      fc.property(fc.record({ kind, path, image }), (location) => {
        expect(parseLocation(formatLocation(location))).toEqual(location);
      }),
      { numRuns: 200 },
    );
  });
});
