import { describe, expect, test } from 'vitest';
import { evaluateTagRules, type TagRuleInputs } from '../../../../src/plan/tags/evaluate-tag-rules.ts';
import { beginsWell, fitTag } from '../../../../src/plan/tags/fit-tag.ts';
import type { TagContext } from '../../../../src/plan/tags/tag-context.ts';
import { type TagWarningKind, tagWarningKinds } from '../../../../src/plan/tags/tag-warning.ts';
import { onBranch, onTag, push } from './event.ts';

interface Case {
  readonly inputs: TagRuleInputs;
  readonly context: TagContext;
  /** What the message says, and the cure. */
  readonly told: readonly [message: string, cure?: string];
  /** The same without the warning. */
  readonly twin: { readonly inputs?: TagRuleInputs; readonly context?: TagContext };
}

const semver = 'type=semver,pattern={{version}}';
const long = 'x'.repeat(200);

const cases: Readonly<Record<TagWarningKind, Case>> = {
  'attribute-unknown': {
    inputs: { tags: ['type=sha,sufix=-a'] },
    context: push,
    told: ['type=sha has no attribute "sufix"', 'did you mean "suffix"'],
    twin: { inputs: { tags: ['type=sha,suffix=-a'] } },
  },
  'lines-ignored': {
    inputs: { tags: ['type=sha\ntype=edge'] },
    context: push,
    told: ['1 more below "type=sha" are not read', 'entry of its own'],
    twin: { inputs: { tags: ['type=sha', 'type=edge'] } },
  },
  'onlatest-ignored': {
    inputs: { flavor: ['suffix=-slim', 'onlatest=true'] },
    context: push,
    told: ['onlatest stands behind no prefix or suffix', 'suffix=-slim,onlatest=true'],
    twin: { inputs: { flavor: ['suffix=-slim,onlatest=true'] } },
  },
  'time-zone-unknown': {
    inputs: { tags: ["{{date 'HH'}}", "\"value={{date 'HH' tz='Europe/Berln'}}\""] },
    context: push,
    told: ['No time zone is named "Europe/Berln"', "tz='Europe/Berlin'"],
    twin: { inputs: { tags: ["\"value={{date 'HH' tz='Europe/Berlin'}}\""] } },
  },
  'tag-too-long': {
    inputs: {},
    context: onBranch(long),
    told: ['has 200 characters, registries take 128', `"${fitTag(long)}" would be taken`],
    twin: { context: onBranch(long.slice(0, 128)) },
  },
  'tag-start': {
    inputs: {},
    context: onBranch('.hidden'),
    told: ['Tag ".hidden" begins with "."', '"hidden" would be taken'],
    twin: { context: onBranch('_hidden') },
  },
  'latest-is-prerelease': {
    inputs: {},
    context: onTag('v2.0.0-beta'),
    told: ['"latest" would move to the prerelease', 'Use type=semver'],
    twin: { inputs: { tags: [semver] } },
  },
  'latest-is-one-architecture': {
    inputs: { flavor: ['suffix=-arm64'] },
    context: onTag('v2.0.0'),
    told: ['Suffix "-arm64" names an architecture', 'suffix=-arm64,onlatest=true'],
    twin: { inputs: { flavor: ['suffix=-arm64,onlatest=true'] } },
  },
  'image-empty': {
    inputs: { images: ['a,,b'] },
    context: push,
    told: ['An image has an empty name', 'comma'],
    twin: { inputs: { images: ['a,b'] } },
  },
  'image-capitals': {
    inputs: { images: ['ghcr.io/Acme/App'] },
    context: push,
    told: ['so "ghcr.io/acme/app" is used', 'lower case'],
    twin: { inputs: { images: ['ghcr.io/acme/app'] } },
  },
  'not-semver': {
    inputs: { tags: [semver, 'type=sha'] },
    context: onTag('summer'),
    told: ['summer is not a valid semver'],
    twin: { context: onTag('v1.0.0') },
  },
  'not-pep440': {
    inputs: { tags: ['type=pep440,pattern={{version}}', 'type=sha'] },
    context: onTag('summer'),
    told: ['summer does not conform to PEP 440'],
    twin: { context: onTag('1.0') },
  },
  'no-match': {
    inputs: { tags: ['type=match,pattern=^v', 'type=sha'] },
    context: onTag('summer'),
    told: ['^v does not match summer.'],
    twin: { context: onTag('v1') },
  },
  'no-group': {
    inputs: { tags: ['type=match,pattern=^v(1)?,group=1', 'type=sha'] },
    context: onTag('v2'),
    told: ['Group 1 does not exist for ^v(1)? pattern.'],
    twin: { context: onTag('v1') },
  },
  'no-version': {
    inputs: { tags: [semver] },
    context: push,
    told: ['No Docker image version has been generated', 'Add a rule for event "push" on "refs/heads/main"'],
    twin: { context: onTag('v1.0.0') },
  },
};

describe.each(Object.entries(cases))('%s', (kind, { inputs, context, told, twin }) => {
  const [message, cure = ''] = told;

  test('is told with its cure, and not told where all is well', () => {
    const warning = evaluateTagRules(inputs, context).warnings.find((candidate) => candidate.kind === kind);
    const twins = evaluateTagRules(twin.inputs ?? inputs, twin.context ?? context).warnings;

    expect(warning?.message).toContain(message);
    expect(warning?.cure ?? '').toContain(cure);
    expect(twins.filter((candidate) => candidate.kind === kind)).toEqual([]);
  });

  test('is a fault under strict where it is a mistake', () => {
    function evaluate(): void {
      evaluateTagRules({ ...inputs, strict: true }, context);
    }

    if (Object.entries(tagWarningKinds).some(([name, weight]) => name === kind && weight === 'mistake')) {
      expect(evaluate).toThrow(expect.objectContaining({ code: 'TAG_RULE_DOUBTFUL' }));
      expect(evaluate).toThrow(message);
    } else {
      expect(evaluate).not.toThrow();
    }
    expect(() => evaluateTagRules({ ...(twin.inputs ?? inputs), strict: true }, twin.context ?? context)).not.toThrow();
  });
});

describe('warnings', () => {
  test('leave the tags as they are', () => {
    expect(evaluateTagRules({}, onBranch(`-${long}`)).tags).toEqual([`-${long}`]);
  });

  test('tell of every mistake at once under strict', () => {
    const tags = ['type=sha,a=1', 'type=sha,b=1'];

    expect(() => evaluateTagRules({ tags, strict: true }, push)).toThrow(/"a"[\s\S]*"b"/);
  });

  test('tell of a prerelease only where latest follows the rules', () => {
    function kinds(flavor: string, tag: string): readonly TagWarningKind[] {
      return evaluateTagRules({ flavor: [flavor] }, onTag(tag)).warnings.map(({ kind }) => kind);
    }

    expect(kinds('latest=auto', 'pkg/1.2rc1')).toEqual(['latest-is-prerelease']);
    expect(kinds('latest=auto', 'pkg/1.2.post1')).toEqual([]);
    expect(kinds('latest=true', 'v2.0.0-beta')).toEqual([]);
    expect(kinds('latest=false', 'v2.0.0-beta')).toEqual([]);
  });

  test('tell of an architecture in the suffix of a rule, and of no other suffix', () => {
    function kinds(suffix: string): readonly TagWarningKind[] {
      const tags = [`type=ref,event=tag,suffix=${suffix}`];
      return evaluateTagRules({ tags }, onTag('v1')).warnings.map(({ kind }) => kind);
    }

    expect(kinds('-linux_arm64')).toEqual(['latest-is-one-architecture']);
    expect(kinds('-x86_64')).toEqual(['latest-is-one-architecture']);
    expect(kinds('-armv7')).toEqual(['latest-is-one-architecture']);
    expect(kinds('-charm')).toEqual([]);
    expect(kinds('-armored')).toEqual([]);
  });
});

describe('fitTag', () => {
  const cases: readonly (readonly [tag: string, fitted: RegExp])[] = [
    ['1.2.3', /^1\.2\.3$/],
    ['.-x', /^x$/],
    ['---', /^[0-9a-f]{8}$/],
    ['y'.repeat(128), /^y{128}$/],
    ['y'.repeat(129), /^y{119}-[0-9a-f]{8}$/],
  ];

  test.each(cases)('of %s', (tag, fitted) => {
    expect(fitTag(tag)).toMatch(fitted);
    expect(beginsWell(fitTag(tag))).toBe(true);
  });

  test('keeps two long tags apart', () => {
    expect(fitTag(`${'y'.repeat(128)}a`)).not.toBe(fitTag(`${'y'.repeat(128)}b`));
  });
});
