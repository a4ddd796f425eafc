import { expect, test } from 'vitest';
import { locateContexts } from '../../../src/plan/locate-contexts.ts';

test.each([
  ['other', '/project/other'],
  ['../shared', '/shared'],
  ['/abs', '/abs'],
  ['oci-layout://base', 'oci-layout:///project/base'],
  ['oci-layout:///abs/base:tag', 'oci-layout:///abs/base:tag'],
  ['docker-image://alpine:3', 'docker-image://alpine:3'],
  ['target:build', 'target:build'],
  ['https://example.org/x.git', 'https://example.org/x.git'],
])('locateContexts makes %s %s', (source, expected) => {
  expect(locateContexts({ name: source }, '/project')).toEqual({ name: expected });
});
