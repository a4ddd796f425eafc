import { expect, test } from 'vitest';
import { matchesGlob } from '../../../src/verify/path-glob.ts';

test.each([
  ['/opt/firmware/a.bin', '/opt/firmware/a.bin'],
  ['/opt/firmware/a.bin', 'opt/firmware/a.bin'],
  ['/opt/firmware/a.bin', '/opt/firmware/*'],
  ['/opt/firmware/a.bin', '/opt/*/a.?in'],
  ['/opt/firmware/x/y/a.bin', '/opt/firmware/**'],
  ['/opt/firmware/x/y/a.bin', '/opt/firmware/'],
  ['/opt/a.bin', '/opt/**/a.bin'],
  ['/opt/x/y/a.bin', '/opt/**/y/*.bin'],
  ['/app/node_modules/x/prebuilds/linux-arm64/x.node', '**/prebuilds/**'],
  ['/a/b/a/b/c', '/**/a/b/c'],
  ['/any/thing', '*'],
  ['/a+b(c)[d]', '/a+b(c)[d]'],
  ['/a\nb', '/a*b'],
])('matchesGlob takes %j for %j', (path, glob) => {
  expect(matchesGlob(path, glob)).toBe(true);
});

test.each([
  ['/opt/firmware/x/a.bin', '/opt/firmware/*'],
  ['/opt/firmware', '/opt/firmware/'],
  ['/opt/firmwares/a', '/opt/firmware/**'],
  ['/opt/a.bin', '/opt/a?bin?'],
  ['/opt/axbin', '/opt/a.bin'],
  ['/usr/opt/a', '/opt/*'],
  ['/a/b/c', '/a/b'],
  ['/a', '/a/b'],
  ['/a/b/c/d', '/**/b/d'],
])('matchesGlob does not take %j for %j', (path, glob) => {
  expect(matchesGlob(path, glob)).toBe(false);
});
