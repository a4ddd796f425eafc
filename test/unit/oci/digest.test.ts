import { expect, test } from 'vitest';
import { isFault } from '../../../src/errors/fault.ts';
import { digestAlgorithm, digestHex, digestOf, isDigest, parseDigest } from '../../../src/oci/digest.ts';

const hex256 = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

test('digestOf hashes text and bytes alike', () => {
  expect(digestOf('abc')).toBe(`sha256:${hex256}`);
  expect(digestOf(new TextEncoder().encode('abc'))).toBe(`sha256:${hex256}`);
  expect(digestOf('abc', 'sha512')).toMatch(/^sha512:ddaf35a193617aba[0-9a-f]{112}$/);
});

test('a digest is taken apart', () => {
  expect(digestAlgorithm(digestOf('abc', 'sha512'))).toBe('sha512');
  expect(digestAlgorithm(digestOf('abc'))).toBe('sha256');
  expect(digestHex(digestOf('abc'))).toBe(hex256);
});

test('parseDigest reads what isDigest takes', () => {
  expect(parseDigest(`sha256:${hex256}`)).toBe(`sha256:${hex256}`);
});

test.each([
  '',
  'sha256:',
  hex256,
  `sha256:${hex256.toUpperCase()}`,
  `sha256:${hex256}0`,
  `sha512:${hex256}`,
  `sha1:${hex256}`,
  `sha256:${hex256}:x`,
  `sha256:${hex256}\n`,
  `sha256:${'g'.repeat(64)}`,
])('parseDigest refuses %j', (text) => {
  expect(isDigest(text)).toBe(false);
  expect(() => parseDigest(text)).toThrow(expect.toSatisfy((error: unknown) => isFault(error, 'DIGEST_MALFORMED')));
});
