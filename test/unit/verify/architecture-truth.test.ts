import { describe, expect, test } from 'vitest';
import { parsePlatform } from '../../../src/oci/platform.ts';
import { hasErrors, verifyImage } from '../../../src/verify/verify-image.ts';
import { elfFile, elfFor } from '../../support/elf-file.ts';
import { check, factsOf, imageOf, layerOf, measured } from './facts-of.ts';

describe('architecture-truth', () => {
  const base = layerOf('base', {
    'bin/sh': elfFor('linux/arm64'),
    'usr/bin/wrong': elfFor('linux/amd64'),
    'etc/passwd': Buffer.from('root'),
  });

  test('names platform, layer, path, what was found and what was expected', () => {
    const { told, first } = check(factsOf(imageOf('linux/arm64', [base])));

    expect(told).toEqual(['architecture-truth error']);
    expect(first).toEqual({
      rule: 'architecture-truth',
      level: 'error',
      message: `/usr/bin/wrong in linux/arm64 is x86-64, 64-bit, little-endian, expected AArch64, 64-bit, little-endian (layer ${base.descriptor.digest})`,
      platform: 'linux/arm64',
      layer: base.descriptor.digest,
      path: '/usr/bin/wrong',
      found: 'x86-64, 64-bit, little-endian',
      expected: 'AArch64, 64-bit, little-endian',
      hint: 'It is for linux/amd64. Put the file for linux/arm64 there, or add "/usr/bin/wrong" to verify.allowForeign where it belongs',
    });
  });

  test('looks only at what a container sees', () => {
    const removed = layerOf('removed', { 'usr/bin/.wh.wrong': Buffer.alloc(0) });
    const replaced = layerOf('replaced', { 'usr/bin/wrong': elfFor('linux/arm64') });

    expect(check(factsOf(imageOf('linux/arm64', [base, removed]))).told).toEqual([]);
    expect(check(factsOf(imageOf('linux/arm64', [base, replaced]))).told).toEqual([]);
    expect(check(factsOf(imageOf('linux/arm64', [removed, base]))).told).toEqual(['architecture-truth error']);
  });

  test.each([
    [['/usr/bin/wrong'], 0],
    [['*'], 0],
    [[{ path: '/usr/**', platform: 'linux/aarch64' }], 0],
    [[{ path: '/usr/**', platform: 'linux/s390x' }], 1],
    [['/usr/lib/**'], 1],
  ])('allows %j', (allowForeign, count) => {
    expect(check(factsOf(imageOf('linux/arm64', [base])), { allowForeign }).told).toHaveLength(count);
  });

  test('goes by the label of the index, and by the config where there is no index', () => {
    const image = imageOf('linux/arm64', [base]);
    const { platform: _, ...descriptor } = image.descriptor;

    expect(check({ root: measured(descriptor), entries: [{ ...image, descriptor }] }).first?.path).toBe(
      '/usr/bin/wrong',
    );
    expect(
      check(factsOf({ ...image, descriptor: { ...descriptor, platform: parsePlatform('linux/amd64') } })).told,
    ).toEqual(['platforms-agree error', 'architecture-truth error']);
  });

  test('warns of code for a newer processor, and of a layer that was not looked into', () => {
    const armv7 = elfFile({ machine: 40, bits: 32, flags: 0x05000400, armAttributes: [[6, 10]] });
    const { facts: _, ...unread } = layerOf('unread', {});

    expect(check(factsOf(imageOf('linux/arm/v6', [layerOf('v7', { 'bin/app': armv7 })]))).told).toEqual([
      'architecture-truth warning',
    ]);
    expect(check(factsOf(imageOf('linux/arm/v6', [unread]))).told).toEqual(['architecture-truth warning']);
  });

  test.each([
    [20, 20, '/bin/9 in linux/arm64'],
    [21, 21, '1 more files in linux/arm64 are for another machine'],
    [30, 21, '10 more files in linux/arm64 are for another machine'],
  ])('tells %i wrong files in %i findings', (count, findingCount, last) => {
    const files = Array.from({ length: count }, (_, number) => [`bin/${number}`, elfFor('linux/amd64')] as const);

    const findings = verifyImage(factsOf(imageOf('linux/arm64', [layerOf('many', Object.fromEntries(files))])));

    expect(findings).toHaveLength(findingCount);
    expect(findings.at(-1)?.message).toContain(last);
    expect(hasErrors(findings.slice(-1))).toBe(true);
  });
});
