import { describe, expect, test } from 'vitest';
import { coversScopes, mergeScopes, parseScopes, pullScope, pushScope } from '../../../src/registry/scope.ts';

describe('mergeScopes', () => {
  test('puts what is written to first, because some registries read only the first scope', () => {
    expect(mergeScopes([pullScope('base'), pushScope('app')])).toEqual([
      'repository:app:pull,push',
      'repository:base:pull',
    ]);
  });

  test('unites the actions of one resource and keeps the order of the first mention', () => {
    expect(mergeScopes(['repository:app:delete'], [pushScope('app')])).toEqual(['repository:app:delete,pull,push']);
  });

  test('keeps names with ports and slashes apart', () => {
    expect(mergeScopes([pullScope('a/b'), pullScope('a')])).toEqual(['repository:a/b:pull', 'repository:a:pull']);
  });
});

describe('coversScopes', () => {
  test.each([
    [['repository:a:pull,push'], ['repository:a:pull'], true],
    [['repository:a:pull'], ['repository:a:pull,push'], false],
    [['repository:a:*'], ['repository:a:delete'], true],
    [['repository:ab:pull'], ['repository:a:pull'], false],
    [['repository:a:pull'], [], true],
    [[], ['repository:a:pull'], false],
  ])('%j covers %j: %s', (granted, wanted, expected) => {
    expect(coversScopes(granted, wanted)).toBe(expected);
  });
});

describe('parseScopes', () => {
  test('splits at spaces', () => {
    expect(parseScopes(' repository:a:pull  registry:catalog:* ')).toEqual(['repository:a:pull', 'registry:catalog:*']);
    expect(parseScopes(undefined)).toEqual([]);
  });
});
