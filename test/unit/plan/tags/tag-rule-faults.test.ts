import { describe, expect, test } from 'vitest';
import { isFault } from '../../../../src/errors/fault.ts';
import { evaluateTagRules, type TagRuleInputs } from '../../../../src/plan/tags/evaluate-tag-rules.ts';
import type { TagContext } from '../../../../src/plan/tags/tag-context.ts';
import { onTag, push } from './event.ts';

function faultOf(inputs: TagRuleInputs, context: TagContext = onTag('v1.2.3')): string {
  try {
    evaluateTagRules(inputs, context);
    return 'none';
  } catch (fault) {
    return isFault(fault) ? `${fault.code} ${fault.message} | ${fault.hint}` : `no fault: ${String(fault)}`;
  }
}

/** A rule that is refused with a text, and its twin that is taken. */
const rules: readonly (readonly [wrong: string, told: string, right: string])[] = [
  ['type=calver', 'Unknown tag type attribute: calver', 'type=sha'],
  ['type=Sha', 'did you mean "sha"', 'type=sha'],
  ['type=calver,type=sha', 'Unknown tag type attribute: calver', 'type=raw,type=sha'],
  ['type=semver', 'Missing pattern attribute for type=semver', 'type=semver,pattern=x'],
  ['type=pep440', 'Missing pattern attribute for type=pep440', 'type=pep440,pattern=x'],
  ['type=match', 'Missing pattern attribute for type=match', 'type=match,pattern=x'],
  [
    'type=match,pattern=x,group=one',
    'Invalid match group for type=match,pattern=x,group=one',
    'type=match,pattern=x,group=1',
  ],
  ['type=match,pattern=/(/', 'Invalid regular expression', 'type=match,pattern=/()/'],
  ['type=match,pattern=/x/qq', 'Invalid flags', 'type=match,pattern=/x/i'],
  ['type=semver,pattern=x,match=[', 'Invalid regular expression', 'type=semver,pattern=x,match=v(.*)'],
  ['type=semver,pattern=x,match=v', 'has no first group in v1.2.3', 'type=semver,pattern=x,match=(v.*)'],
  ['type=ref', 'Missing event attribute for type=ref', 'type=ref,event=tag'],
  ['type=ref,event=push', 'Invalid event for type=ref,event=push', 'type=ref,event=branch'],
  ['type=raw', 'Missing value attribute for type=raw', 'type=raw,value='],
  ['type=sha,format=medium', 'Invalid format for type=sha,format=medium', 'type=sha,format=long'],
  ['type=sha,enable=yes', 'Invalid value for enable attribute: yes', 'type=sha,enable=false'],
  ['type=sha,enable=', 'Invalid value for enable attribute: ', 'type=sha,enable=true'],
  ['type=raw,value="x"', 'expected the whole field between quotes', 'type=raw,"value=x"'],
  ['type=raw,"value=x', 'its last quote is not closed', 'type=raw,"value=x"'],
  ['type=raw,"value=x"y', 'follows a closing quote', 'type=raw,"value=x",y'],
];

test.each(rules)('a rule is refused: %s', (wrong, told, right) => {
  expect(faultOf({ tags: [wrong] })).toMatch(/^TAG_RULE_MALFORMED /);
  expect(faultOf({ tags: [wrong] })).toContain(told);
  expect(faultOf({ tags: [right] })).toBe('none');
});

const flavors: readonly (readonly [wrong: string, told: string, right: string])[] = [
  ['latest', 'Invalid flavor entry: latest', 'latest=auto'],
  ['latest=maybe', 'Invalid latest flavor entry: latest=maybe', 'latest=true'],
  ['prefix=a,onlatest=yes', 'Invalid value for onlatest attribute: yes', 'prefix=a,onlatest=true'],
  ['sufix=a', 'Unknown flavor entry: sufix=a', 'suffix=a'],
  ['sufix=a', 'did you mean "suffix"', 'suffix=a'],
];

test.each(flavors)('a flavor is refused: %s, %s', (wrong, told, right) => {
  expect(faultOf({ flavor: [wrong] })).toMatch(/^TAG_RULE_MALFORMED /);
  expect(faultOf({ flavor: [wrong] })).toContain(told);
  expect(faultOf({ flavor: [right] })).toBe('none');
});

const images: readonly (readonly [wrong: string, told: string, right: string])[] = [
  ['name=app,enable=yes', 'Invalid enable attribute value: name=app,enable=yes', 'name=app,enable=true'],
  ['name=app,tag=x', 'Unknown image attribute: name=app,tag=x', 'name=app'],
  ['enable=false', 'Image name attribute empty: enable=false', 'name=app,enable=false'],
];

test.each(images)('an image is refused: %s', (wrong, told, right) => {
  expect(faultOf({ images: [wrong] })).toMatch(/^TAG_RULE_MALFORMED /);
  expect(faultOf({ images: [wrong] })).toContain(told);
  expect(faultOf({ images: [right] })).toBe('none');
});

const expressions: readonly (readonly [wrong: string, told: string, right: string])[] = [
  ['{{', 'Parse error', '{{sha}}'],
  ['{{> part}}', 'The partial part could not be found', '{{tag}}'],
  ["{{day 'DD'}}", 'Missing helper: "day"', "{{date 'DD'}}"],
  ['{{date}}', 'date takes one format', "{{date 'DD'}}"],
  ["{{date 'DD' 'MM'}}", 'date takes one format', "{{date 'DD MM'}}"],
  ['{{date 12}}', 'The format of date is no text', "{{date '12'}}"],
  ["{{commit_date 'DD' zone='UTC'}}", 'Unknown zone attribute', "{{commit_date 'DD' tz='UTC'}}"],
  ["{{date 'DD' tz=UTC}}", 'tz of date is no text', "{{date 'DD' tz='UTC'}}"],
  ['{{#*inline "a"}}{{> a}}{{/inline}}{{> a}}', 'Maximum call stack', '{{#if tag}}x{{/if}}'],
];

test.each(expressions)('an expression is refused: %s', (wrong, told, right) => {
  expect(faultOf({ tags: [`type=raw,${quoted(`value=${wrong}`)}`] })).toMatch(
    /^TAG_EXPRESSION_MALFORMED Cannot evaluate /,
  );
  expect(faultOf({ tags: [`type=raw,${quoted(`value=${wrong}`)}`] })).toContain(told);
  expect(faultOf({ tags: [`type=raw,${quoted(`value=${right}`)}`] })).toBe('none');
});

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

describe('the context', () => {
  test('is refused without a date', () => {
    expect(faultOf({}, { ...push, now: new Date(NaN) })).toContain(
      'TAG_CONTEXT_MALFORMED Cannot take "Invalid Date" as now',
    );
    expect(faultOf({}, { ...push, commitDate: new Date('x') })).toContain('as commitDate');
    expect(faultOf({}, { now: push.now })).toBe('none');
  });

  test('is refused where the length of short commit names is no number and one is asked for', () => {
    const context = { ...push, shortShaLength: 'seven' };

    expect(faultOf({ tags: ['type=sha'] }, context)).toContain(
      'DOCKER_METADATA_SHORT_SHA_LENGTH is not a valid number: seven',
    );
    expect(faultOf({ tags: ['type=sha,format=long'] }, context)).toBe('none');
  });
});
