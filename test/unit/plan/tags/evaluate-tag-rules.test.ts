import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isFault } from '../../../../src/errors/fault.ts';
import { evaluateTagRules, type TagRuleInputs } from '../../../../src/plan/tags/evaluate-tag-rules.ts';
import type { TagContext } from '../../../../src/plan/tags/tag-context.ts';
import { onBranch, onPull, onTag, push, tagsOf } from './event.ts';

describe('inputs', () => {
  test('a text block is one entry a line, without comments and empty lines', () => {
    const block = `
      type=sha
# type=raw,hidden

type=raw,a#b
"type=match","pattern=v(.*)",group=1
`;

    expect(evaluateTagRules({ tags: block }, onTag('v1.2')).tags).toEqual(['1.2', 'a-b', 'sha-cd65417', 'latest']);
    expect(evaluateTagRules({ tags: block.replaceAll('\n', '\r\n') }, onTag('v1.2')).tags).toEqual(
      evaluateTagRules({ tags: block }, onTag('v1.2')).tags,
    );
  });

  test('an entry of a list is taken as it is', () => {
    expect(tagsOf(['# no comment', '', '  type=sha  '], push)).toEqual(['-no-comment', 'sha-cd65417']);
  });

  test('a comma inside a field wants quotes around the whole field', () => {
    expect(tagsOf(['type=match,"pattern=^v(\\d{1,2})",group=1'], onTag('v12.3'))).toEqual(['12', 'latest']);
    expect(tagsOf(['type=match,pattern=^v\\d{1,2}'], onTag('v12.3'))).toEqual([]);
  });

  test('in a text block the quotes go with the lines, so they are doubled there', () => {
    const tags = '"type=match,""pattern=^v(\\d{1,2})"",group=1"';

    expect(evaluateTagRules({ tags }, onTag('v12.3')).tags).toEqual(['12', 'latest']);
    expect(() => evaluateTagRules({ tags: 'type=match,"pattern=^v(\\d{1,2})",group=1' }, onTag('v12.3'))).toThrow(
      'Unterminated group',
    );
  });

  test('names of attributes may have capitals and white space around them', () => {
    expect(tagsOf([' Type = raw , VALUE = x , Prefix = p- '], push)).toEqual(['p-x']);
  });

  test('of an attribute written twice the last one holds', () => {
    expect(tagsOf(['type=raw,value=a,value=b', 'type=sha,type=raw,c'], push)).toEqual(['b', 'c']);
  });
});

describe('prefix, suffix and characters', () => {
  const flavor = ['prefix=p-', 'suffix=-s'];

  test('those of the flavor stand on every tag but latest', () => {
    expect(tagsOf(['type=ref,event=tag', 'type=raw,x'], onTag('v1'), { flavor })).toEqual([
      'p-v1-s',
      'p-x-s',
      'latest',
    ]);
  });

  test('those of a rule, even empty ones, take their place', () => {
    const rules = ['type=raw,x,prefix=', 'type=raw,y,suffix=!', 'type=sha'];

    expect(tagsOf(rules, push, { flavor })).toEqual(['x-s', 'p-y-', 'sha-cd65417-s']);
  });

  test('onlatest puts the one before it on its line on latest, as written', () => {
    const onlatest = ['prefix={{branch}}p-,onlatest=true', 'suffix=-s,onlatest=true'];

    expect(tagsOf(['type=ref,event=tag'], onTag('v1'), { flavor: onlatest })).toEqual(['p-v1-s', '-branch-p-latest-s']);
    expect(tagsOf(['type=ref,event=tag'], onTag('v1'), { flavor: ['suffix=-s', 'onlatest=true'] })).toEqual([
      'v1-s',
      'latest',
    ]);
  });

  test('a second = of a flavor ends the value', () => {
    expect(tagsOf(['x'], push, { flavor: ['prefix=a=b'] })).toEqual(['ax']);
  });

  test('every run of other characters becomes one dash, and case stays', () => {
    expect(tagsOf(['Ünïted & Co/__x..y'], push)).toEqual(['-n-ted-Co-__x..y']);
  });
});

describe('latest', () => {
  const rules = ['type=semver,pattern={{version}}', 'type=raw,x'];

  test('follows the rule with auto, and the flavor else', () => {
    expect(evaluateTagRules({ tags: rules }, onTag('v1.2.3')).version.latest).toBe(true);
    expect(evaluateTagRules({ tags: rules }, push).version.latest).toBe(false);
    expect(evaluateTagRules({ tags: rules, flavor: ['latest=false'] }, onTag('v1.2.3')).version.latest).toBe(false);
    expect(evaluateTagRules({ tags: rules, flavor: ['latest=true'] }, push).version.latest).toBe(true);
  });

  test('is not there without a tag, even where it is asked for', () => {
    const { version, tags } = evaluateTagRules({ tags: ['type=edge'], flavor: 'latest=true' }, onTag('v1'));

    expect({ version, tags }).toEqual({ version: { main: undefined, partial: [], latest: false }, tags: [] });
  });
});

describe('images', () => {
  test('every image has every tag', () => {
    const { tags } = evaluateTagRules({ images: ['Acme/App', 'localhost:5000/app'], tags: ['a', 'b'] }, push);

    expect(tags).toEqual(['acme/app:a', 'acme/app:b', 'localhost:5000/app:a', 'localhost:5000/app:b']);
  });

  test('one line may name several', () => {
    expect(evaluateTagRules({ images: 'x, y', tags: ['a'] }, push).tags).toEqual(['x:a', 'y:a']);
  });

  test('one that is not enabled is left out, and without any the tags stand alone', () => {
    const both = ['name=x,enable=false', 'name=y,enable=true'];

    expect(evaluateTagRules({ images: both, tags: ['a'] }, push).tags).toEqual(['y:a']);
    expect(evaluateTagRules({ images: both.slice(0, 1), tags: ['a'] }, push).tags).toEqual(['a']);
  });
});

describe('expressions', () => {
  const cases: readonly (readonly [expression: string, context: TagContext, tag: string])[] = [
    ['{{branch}}', onBranch('a/b'), 'a-b'],
    ['{{branch}}', onTag('v1'), ''],
    ['{{tag}}', onTag('v1'), 'v1'],
    ['{{tag}}', push, ''],
    ['{{sha}}', push, 'cd65417'],
    ['{{base_ref}}', { ...onTag('v1'), payload: { base_ref: 'refs/heads/main' } }, 'main'],
    ['{{base_ref}}', onPull(7), 'main'],
    ['{{base_ref}}', { ...push, payload: { base_ref: 'refs/heads/main' } }, ''],
    ['{{is_default_branch}}', push, 'true'],
    ['{{is_default_branch}}', onBranch('dev'), 'false'],
    ['{{is_default_branch}}', { ...onBranch('dev'), eventName: 'issues' }, 'true'],
    ['{{is_default_branch}}', { ...push, ref: '' }, 'false'],
    ['{{is_default_branch}}', { ...push, payload: {} }, 'false'],
    ['{{is_not_default_branch}}', push, 'false'],
    ['{{is_not_default_branch}}', onBranch('dev'), 'true'],
    ["{{date 'YYYY-MM-DD HH:mm:ss'}}", push, '2026-03-05-22-30-15'],
    ["{{date 'HH:mm z' tz='America/New_York'}}", push, '17-30-EST'],
    ["{{date 'dddd, MMMM Do' tz='europe/berlin'}}", push, 'Thursday-March-5th'],
    ["{{commit_date 'X'}}", push, '1772611200'],
    ['{{commit_date YYYY}}', push, '2026-03-04T08-00-00Z'],
    ["{{commit_date 'HH'}}", { ...push, commitDate: undefined }, '22'],
    ['{{#if (tag)}}t{{else}}b{{/if}}', onTag('v1'), 't'],
    ['{{unknown}}', push, ''],
    ['{{log "x"}}{{branch.constructor}}{{toString}}', push, ''],
    ['{{{branch}}}', onBranch('a&b'), 'a-b'],
    ['{{branch}}', onBranch('a&b'), 'a-amp-b'],
  ];

  test.each(cases)('%s', (expression, context, tag) => {
    expect(tagsOf([`"value=x${expression}"`.replaceAll('"x"', '""x""')], context)).toEqual([`x${tag}`]);
  });

  test('stand in enable, prefix and suffix too', () => {
    const rules = [
      'type=raw,a,enable={{is_default_branch}}',
      'type=raw,b,enable={{is_not_default_branch}}',
      'type=raw,c,prefix={{branch}}-,suffix=-{{sha}}',
    ];

    expect(tagsOf(rules, push)).toEqual(['a', 'main-c-cd65417']);
  });
});

describe('labels and annotations', () => {
  test('say where the image comes from, sorted by key', () => {
    const { labels, annotations } = evaluateTagRules({ tags: ['type=semver,pattern={{version}}'] }, onTag('v1.2.3'));

    expect(labels).toEqual([
      'org.opencontainers.image.created=2026-03-05T22:30:15.000Z',
      'org.opencontainers.image.description=Goes up',
      'org.opencontainers.image.licenses=Apache-2.0',
      'org.opencontainers.image.revision=cd65417f2b1e4a5c8d9e0f1a2b3c4d5e6f708192',
      'org.opencontainers.image.source=https://github.com/acme/rocket',
      'org.opencontainers.image.title=rocket',
      'org.opencontainers.image.url=https://github.com/acme/rocket',
      'org.opencontainers.image.version=1.2.3',
    ]);
    expect(annotations).toEqual(labels);
  });

  test('given ones are evaluated, win, and are dropped without =', () => {
    const given = ['maintainer=<{{branch}}>', 'org.opencontainers.image.title=a=b', 'no value', 'empty=', 'Upper=1'];
    const { labels, annotations } = evaluateTagRules({ labels: given, annotations: ['x={{sha}}'] }, push);

    expect(labels.filter((label) => !/\.(?:created|description|licenses|revision|source|url)=/.test(label))).toEqual([
      'empty=',
      'maintainer=<main>',
      'org.opencontainers.image.title=a=b',
      'org.opencontainers.image.version=main',
      'Upper=1',
    ]);
    expect(annotations.at(-1)).toBe('x=cd65417');
  });

  test('are empty where nothing is known, and take a license as a text', () => {
    const { labels } = evaluateTagRules({}, { now: push.now, repository: { license: 'MIT', name: 'given' } });

    expect(labels).toContain('org.opencontainers.image.licenses=MIT');
    expect(labels).toContain('org.opencontainers.image.title=given');
    expect(labels).toContain('org.opencontainers.image.revision=');
  });
});

describe('evaluateTagRules', () => {
  const piece = fc.constantFrom(
    ...[
      'type=semver,pattern=',
      'type=match,pattern=',
      'type=raw,',
      'type=ref,event=tag',
      'type=sha',
      'enable=',
      '\n',
      ',',
    ],
    ...[
      '{{version}}',
      '{{branch}}',
      '{{',
      '}}',
      '"',
      '#',
      '=',
      '/',
      '(',
      ')',
      ' ',
      'v1',
      'true',
      'prefix=',
      'latest=auto',
    ],
  );
  const text = fc.array(fc.oneof(piece, fc.string({ maxLength: 5 })), { maxLength: 8 }).map((parts) => parts.join(''));
  const inputs: fc.Arbitrary<TagRuleInputs> = fc.record({
    images: fc.oneof(fc.constant('app'), text),
    tags: fc.oneof(text, fc.array(text, { maxLength: 3 })),
    flavor: fc.oneof(fc.constant(''), text),
    labels: fc.oneof(fc.constant(''), text),
  });

  test('gives the same for the same twice, or a fault, on any text', () => {
    fc.assert(
      fc.property(inputs, fc.constantFrom(push, onTag('v1.2.3'), onPull(3)), (given, context) => {
        expect(outcomeOf(given, context)).toEqual(outcomeOf(given, context));
      }),
      { numRuns: 400 },
    );
  });

  test('gives tags of allowed characters alone', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (branch) => {
        expect(tagsOf(['type=ref,event=branch'], onBranch(branch)).join('')).toMatch(/^[\w.-]+$/);
      }),
      { numRuns: 100 },
    );
  });
});

function outcomeOf(inputs: TagRuleInputs, context: TagContext): unknown {
  try {
    return evaluateTagRules(inputs, context);
  } catch (fault) {
    if (isFault(fault)) return `${fault.code}: ${fault.message}`;
    throw fault;
  }
}
