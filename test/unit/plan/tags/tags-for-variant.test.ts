import { describe, expect, test } from 'vitest';
import { parsePlatform } from '../../../../src/oci/platform.ts';
import { architectureTags } from '../../../../src/plan/tags/architecture-tags.ts';
import { evaluateTagRules } from '../../../../src/plan/tags/evaluate-tag-rules.ts';
import { tagsForVariant } from '../../../../src/plan/tags/tags-for-variant.ts';
import type { TagVariant } from '../../../../src/plan/tags/variant-affix.ts';
import { onBranch, onPull, onTag, push, tagsOf } from './event.ts';

const rules = [
  'type=semver,pattern={{version}}',
  'type=semver,pattern={{major}}.{{minor}}',
  'type=semver,pattern={{major}}',
  'type=ref,event=branch',
  'type=raw,value=latest,enable={{is_default_branch}}',
];
const registries = ['ghcr.io/acme/app', 'docker.io/acme/app', 'registry.example.com:5000/acme/app'];

describe('the tags of a script with options', () => {
  test.each([
    ['v1.0.0', ['1.0.0', '1.0', '1', 'latest']],
    ['v2.0.0-beta', ['2.0.0-beta']],
  ])('of tag %s', (tag, expected) => {
    expect(tagsOf(rules, onTag(tag))).toEqual(expected);
  });

  test('of a tag where latest is not moved by tags', () => {
    expect(tagsOf(rules, onTag('v1.2.3'), { flavor: ['latest=false'] })).toEqual(['1.2.3', '1.2', '1']);
  });

  test.each([
    ['main', ['main', 'latest']],
    ['dev.1', ['dev.1']],
    ['feature/foo', ['feature-foo']],
  ])('of branch %s', (branch, expected) => {
    expect(tagsOf(rules, onBranch(branch))).toEqual(expected);
  });

  test('of a commit, a pull request and a tag that is no version', () => {
    expect(tagsOf(['type=sha'], push)).toEqual(['sha-cd65417']);
    expect(tagsOf(['type=ref,event=pr', 'type=sha'], onPull(12))).toEqual(['pr-12', 'sha-cd65417']);
    expect(tagsOf(['type=ref,event=tag'], onTag('dev.1'), { flavor: ['latest=false'] })).toEqual(['dev.1']);
  });

  const variants = ['minimal', 'redis', 'postgres', 'mysql', 'python', 'java', 'node', 'full'];

  test.each(variants)('of variant %s in three registries', (name) => {
    const evaluated = evaluateTagRules({ images: registries, tags: rules }, onTag('v1.0.0'));
    const plain = name === 'minimal' ? ['1.0.0', '1.0', '1', 'latest'] : [];
    const own = [`1.0.0-${name}`, `1.0-${name}`, `1-${name}`, `latest-${name}`];

    expect(tagsForVariant(evaluated, { name, default: name === 'minimal' }).tags).toEqual(
      registries.flatMap((registry) => [...plain, ...own].map((tag) => `${registry}:${tag}`)),
    );
  });
});

describe('tagsForVariant', () => {
  const evaluated = evaluateTagRules({ images: ['app'], tags: rules }, onTag('v1.2.3'));

  const cases: readonly (readonly [variant: TagVariant, tags: readonly string[]])[] = [
    [{ name: '' }, ['1.2.3', '1.2', '1', 'latest']],
    [{ name: 'slim' }, ['1.2.3-slim', '1.2-slim', '1-slim', 'latest-slim']],
    [{ name: 'slim', suffix: '.s' }, ['1.2.3.s', '1.2.s', '1.s', 'latest.s']],
    [{ name: 'slim', suffix: '' }, ['1.2.3', '1.2', '1', 'latest']],
    [{ name: 'slim', suffix: '', default: true }, ['1.2.3', '1.2', '1', 'latest']],
    [{ name: 'slim', prefix: 'slim-' }, ['slim-1.2.3', 'slim-1.2', 'slim-1', 'slim-latest']],
    [{ name: 'slim', prefix: 'a-', suffix: '-b' }, ['a-1.2.3-b', 'a-1.2-b', 'a-1-b', 'a-latest-b']],
    [{ name: 'slim', latest: false }, ['1.2.3-slim', '1.2-slim', '1-slim']],
    [
      { name: 'slim', default: true },
      ['1.2.3', '1.2', '1', 'latest', '1.2.3-slim', '1.2-slim', '1-slim', 'latest-slim'],
    ],
    [{ name: 'slim', suffix: '/ü' }, ['1.2.3-', '1.2-', '1-', 'latest-']],
  ];

  test.each(cases)('of %j', (variant, tags) => {
    const result = tagsForVariant(evaluated, variant);

    expect(result.tags).toEqual(tags.map((tag) => `app:${tag}`));
    expect(result.version.latest).toBe(variant.latest !== false);
    expect([result.version.main, ...result.version.partial]).toEqual(tags.filter((tag) => !tag.includes('latest')));
  });

  test('takes the version of labels and annotations along, where the rules made it', () => {
    const key = 'org.opencontainers.image.version';
    const given = evaluateTagRules({ tags: rules, labels: [`${key}=mine`] }, onTag('v1.2.3'));
    const { labels, annotations } = tagsForVariant(given, { name: 'slim' });

    expect(labels).toContain(`${key}=mine`);
    expect(annotations).toContain(`${key}=1.2.3-slim`);
  });

  test('gives no tags where the rules give none', () => {
    const none = evaluateTagRules({ images: ['app'], tags: ['type=edge'] }, onTag('v1'));
    const variant = tagsForVariant(none, { name: 'slim', default: true });

    expect(variant.tags).toEqual([]);
    expect(variant.version).toEqual({ main: undefined, partial: [], latest: false });
  });

  test('warns of a tag that its suffix makes too long', () => {
    const name = 'y'.repeat(125);

    expect(tagsForVariant(evaluated, { name }).warnings.map(({ kind }) => kind)).toContain('tag-too-long');
    expect(tagsForVariant(evaluated, { name: 'slim' }).warnings).toEqual([]);
  });
});

describe('architectureTags', () => {
  test.each([
    ['linux/amd64', 'app:f00-python-amd64'],
    ['linux/arm/v7', 'app:f00-python-arm-v7'],
    ['windows/amd64', 'app:f00-python-windows-amd64'],
    ['windows(10.0.17763)/amd64', 'app:f00-python-windows-10.0.17763-amd64'],
  ])('of %s', (platform, tag) => {
    expect(architectureTags(['app:f00-python'], parsePlatform(platform))).toEqual([tag]);
  });
});
