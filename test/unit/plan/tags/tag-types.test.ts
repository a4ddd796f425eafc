import { describe, expect, test } from 'vitest';
import { allTagTypes } from '../../../../src/plan/tags/all-tag-types.ts';
import type { TagContext } from '../../../../src/plan/tags/tag-context.ts';
import { onBranch, onPull, onTag, push, tagsOf } from './event.ts';

const night: TagContext = { ...push, eventName: 'schedule' };

/** One rule, an event, the tags. */
type Case = readonly [rule: string, context: TagContext, tags: readonly string[]];

const cases: Readonly<Record<string, readonly Case[]>> = {
  schedule: [
    ['type=schedule', night, ['nightly']],
    ['type=schedule', push, []],
    ['type=schedule,pattern=weekly', night, ['weekly']],
    ["type=schedule,pattern={{date 'YYYYMMDD'}}", night, ['20260305']],
    ["type=schedule,pattern={{date 'YYYYMMDD-HHmm' tz='Asia/Tokyo'}}", night, ['20260306-0730']],
    ["type=schedule,pattern={{commit_date 'YYYY.MM.DD'}}", night, ['2026.03.04']],
    ['type=schedule,pattern=n-{{branch}}', night, ['n-']],
  ],
  semver: [
    ['type=semver,pattern={{version}}', onTag('v1.2.3'), ['1.2.3', 'latest']],
    ['type=semver,pattern={{raw}}', onTag('v1.2.3'), ['v1.2.3', 'latest']],
    ['type=semver,pattern={{major}}.{{minor}}', onTag('v1.2.3'), ['1.2', 'latest']],
    ['type=semver,pattern=v{{major}}', onTag('v0.4.0'), ['v0', 'latest']],
    ['type=semver,pattern={{major}}.{{minor}}', onTag('v2.0.0-beta.1'), ['2.0.0-beta.1']],
    ['type=semver,pattern={{raw}}', onTag('v2.0.0-beta.1'), ['v2.0.0-beta.1']],
    ['type=semver,pattern=x{{raw}}', onTag('v2.0.0-beta.1'), ['2.0.0-beta.1']],
    ['type=semver,pattern={{version}}', onTag('v1.2.3+build.5'), ['1.2.3', 'latest']],
    ['type=semver,pattern={{version}}', onTag('release-7'), []],
    ['type=semver,pattern={{version}}', push, []],
    ['type=semver,pattern={{version}},value=v3.1.4', push, ['3.1.4', 'latest']],
    ['type=semver,pattern={{version}},match=rocket/v(.*)', onTag('rocket/v1.2.3'), ['1.2.3', 'latest']],
    ['type=semver,pattern={{version}},match=probe-(.*)', onTag('v1.2.3'), ['1.2.3', 'latest']],
    ['type=semver,pattern={{version}}', onTag('rocket/v1.2.3'), []],
  ],
  pep440: [
    ['type=pep440,pattern={{version}}', onTag('1.2.3'), ['1.2.3', 'latest']],
    ['type=pep440,pattern={{major}}.{{minor}}.{{patch}}', onTag('v4.5'), ['4.5.0', 'latest']],
    ['type=pep440,pattern={{raw}}', onTag('v1.2'), ['v1.2', 'latest']],
    ['type=pep440,pattern={{major}}', onTag('1.1beta2'), ['1.1b2']],
    ['type=pep440,pattern={{version}}', onTag('1.0dev4'), ['1.0.dev4']],
    ['type=pep440,pattern={{version}}', onTag('1.2post1'), ['1.2.post1']],
    ['type=pep440,pattern={{raw}}', onTag('1.2post1'), ['1.2post1']],
    ['type=pep440,pattern={{version}}', onTag('1!2.0+cu118.x'), ['1-2.0-cu118-x', 'latest']],
    ['type=pep440,pattern={{version}}', onTag('summer'), []],
    ['type=pep440,pattern={{version}},match=py-(.*)', onTag('py-3.1'), ['3.1', 'latest']],
  ],
  match: [
    ['type=match,pattern=v(.*),group=1', onTag('v1.2.3'), ['1.2.3', 'latest']],
    ['type=match,pattern=\\d+\\.\\d+', onTag('v1.2.3'), ['1.2', 'latest']],
    ['type=match,pattern=/V(\\d)/i,group=1', onTag('v1.2.3'), ['1', 'latest']],
    ['type=match,pattern=/\\d/g,group=2', onTag('v1.2.3'), ['3', 'latest']],
    ['type=match,pattern=v(.*),group=2', onTag('v1.2.3'), []],
    ['type=match,pattern=v(.*),group=1.0', onTag('v1.2.3'), []],
    ['type=match,pattern=^x', onTag('v1.2.3'), []],
    ['type=match,pattern=.*', push, []],
    ['type=match,pattern=.*,value={{branch}}', push, ['main', 'latest']],
    ['"type=match","pattern=^(v1|v2),(.*)$",group=2', onTag('v1,alpine'), ['alpine', 'latest']],
  ],
  edge: [
    ['type=edge', push, ['edge']],
    ['type=edge', onBranch('dev'), []],
    ['type=edge,branch=dev', onBranch('dev'), ['edge']],
    ['type=edge', onTag('main'), []],
    ['type=edge', { ...push, repository: {} }, []],
  ],
  ref: [
    ['type=ref,event=branch', onBranch('feature/foo'), ['feature-foo']],
    ['type=ref,event=branch', onTag('v1'), []],
    ['type=ref,event=tag', onTag('v1/é!'), ['v1-', 'latest']],
    ['type=ref,event=tag', push, []],
    ['type=ref,event=pr', onPull(7), ['pr-7']],
    ['type=ref,event=pr,prefix=', onPull(7), ['7']],
    ['type=ref,event=pr', { ...onPull(7), ref: 'refs/pull/7/head' }, ['pr-7-head']],
    ['type=ref,event=pr', push, []],
  ],
  raw: [
    ['type=raw,value=stable', push, ['stable']],
    ['type=raw,stable', push, ['stable']],
    ['stable', push, ['stable']],
    ['type=raw,value=Keep.This_Case', push, ['Keep.This_Case']],
    ['type=raw,value=', push, []],
    ['type=raw,value=,prefix=p', push, ['p']],
    ['type=raw,value=a=b', push, ['a-b']],
    ['=a', push, ['-a']],
  ],
  sha: [
    ['type=sha', push, ['sha-cd65417']],
    ['type=sha,prefix=', push, ['cd65417']],
    ['type=sha,format=long', push, ['sha-cd65417f2b1e4a5c8d9e0f1a2b3c4d5e6f708192']],
    ['type=sha', { ...push, shortShaLength: 10 }, ['sha-cd65417f2b']],
    ['type=sha', { ...push, shortShaLength: '' }, ['sha-cd65417']],
    ['type=sha', { ...push, shortShaLength: 99 }, ['sha-cd65417f2b1e4a5c8d9e0f1a2b3c4d5e6f708192']],
    ['type=sha', { ...push, sha: '' }, []],
    ['type=sha', { ...onPull(7), prHeadSha: true }, ['sha-f00dfee']],
    ['type=sha', { ...push, payload: { pr_head_sha: 'f00dfeed' }, prHeadSha: true }, ['sha-cd65417']],
  ],
};

describe.each(Object.entries(cases))('type=%s', (_type, rows) => {
  test.each(rows)('%s', (rule, context, tags) => {
    expect(tagsOf([rule], context)).toEqual(tags);
  });
});

test('every type has a table of cases', () => {
  expect(Object.keys(cases)).toEqual(allTagTypes.map(({ name }) => name));
});

describe('the order of rules', () => {
  test('a type of higher priority comes first, equal ones as written', () => {
    const rules = ['type=sha', 'type=raw,b', 'type=raw,a', 'type=ref,event=tag', 'type=semver,pattern={{version}}'];

    expect(tagsOf(rules, onTag('v1.2.3'))).toEqual(['1.2.3', 'v1.2.3', 'b', 'a', 'sha-cd65417', 'latest']);
  });

  test('priority moves a rule, and the first rule with a text decides about latest', () => {
    const rules = ['type=semver,pattern={{version}}', 'type=raw,value=first,priority=901'];

    expect(tagsOf(rules, onTag('v1.2.3'))).toEqual(['first', '1.2.3']);
  });

  test('a priority that is no number leaves the order as written', () => {
    expect(tagsOf(['type=raw,a', 'type=raw,b,priority=x', 'type=raw,c'], push)).toEqual(['a', 'b', 'c']);
  });

  test('equal tags are kept once, and latest is not compared with them', () => {
    const rules = ['type=raw,latest', 'type=raw,b', 'type=raw,b', 'type=raw,latest'];

    expect(tagsOf(rules, push, { flavor: ['latest=true'] })).toEqual(['latest', 'b', 'latest']);
  });

  test('without rules there are those for schedule, branch, tag and pull request', () => {
    expect(tagsOf([], night)).toEqual(['nightly', 'main']);
    expect(tagsOf([], onBranch('dev'))).toEqual(['dev']);
    expect(tagsOf([], onTag('v1'))).toEqual(['v1', 'latest']);
    expect(tagsOf([], onPull(7))).toEqual(['pr-7']);
  });

  test('a pull_request_target stands on the pull request and not on the branch', () => {
    const target = { ...onPull(9), eventName: 'pull_request_target', ref: 'refs/heads/main' };

    expect(tagsOf([], target)).toEqual(['pr-9']);
    expect(tagsOf([], { ...target, payload: {} })).toEqual(['main']);
  });
});
