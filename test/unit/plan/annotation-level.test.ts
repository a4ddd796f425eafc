import { describe, expect, test } from 'vitest';
import { annotationsOf } from '../../../src/plan/annotation-level.ts';

describe('annotationsOf', () => {
  const annotations = {
    plain: 'manifest',
    'index:title': 'on the index',
    'index,manifest:both': 'on two',
    'manifest[linux/arm64]:only': 'one platform',
    'manifest-descriptor:entry': 'in the index entry',
    'org.example/unknown:key': 'a colon that names no level',
  };

  test.each([
    ['index', undefined, { title: 'on the index', both: 'on two' }],
    [
      'manifest',
      'linux/arm64',
      {
        plain: 'manifest',
        both: 'on two',
        only: 'one platform',
        'org.example/unknown:key': 'a colon that names no level',
      },
    ],
    [
      'manifest',
      'linux/amd64',
      { plain: 'manifest', both: 'on two', 'org.example/unknown:key': 'a colon that names no level' },
    ],
    ['manifest-descriptor', 'linux/amd64', { entry: 'in the index entry' }],
  ] as const)('gives those of %s for %s', (level, platform, expected) => {
    expect(annotationsOf(annotations, level, platform)).toEqual(expected);
  });
});
