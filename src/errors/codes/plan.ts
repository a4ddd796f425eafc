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
} as const satisfies Record<string, CodeMeaning>;
