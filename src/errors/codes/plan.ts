import type { CodeMeaning } from '../code.ts';

/** Faults of `plan/`. */
export const planCodes = {
  TAG_RULE_MALFORMED: {
    meaning: 'A line of tags, flavor, images, labels or annotations is not of the language of tag rules',
    hint: 'See docs/tags.md for every type and attribute',
    exit: 'misuse',
  },
  TAG_EXPRESSION_MALFORMED: {
    meaning: 'A {{…}} in a tag rule, label or annotation cannot be evaluated',
    hint: "See docs/tags.md for every expression; formats and time zones stand in quotes: {{date 'YYYYMMDD'}}",
    exit: 'misuse',
  },
  TAG_CONTEXT_MALFORMED: {
    meaning: 'A date, or the length of short commit names, that tag rules are given is none',
    hint: 'Give valid dates, and a number as the length of short commit names',
    exit: 'misuse',
  },
  TAG_RULE_DOUBTFUL: {
    meaning: 'A tag rule does what was most likely not meant, and strict evaluation was asked for',
    hint: 'See docs/tags.md; without strict it is a warning',
    exit: 'misuse',
  },
  TAGS_EMPTY: {
    meaning: 'A release is to be pushed, and no tag rule gives a tag for what happened',
    hint: 'Add a rule to "tags", or name the result with -t; `polyarch plan --events` shows what the rules give',
    exit: 'misuse',
  },
  TAG_UNUSABLE: {
    meaning: 'A tag is longer than registries take, or begins with a character that they do not take',
    hint: 'Tags have at most 128 characters and begin with a letter, a digit or "_"',
    exit: 'misuse',
  },
} as const satisfies Record<string, CodeMeaning>;
