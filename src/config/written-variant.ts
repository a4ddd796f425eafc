import * as v from 'valibot';
import { plainNamePattern } from './plain-name.ts';
import { platformText } from './written-platform.ts';
import { key, plainText, someText, textMap } from './written-value.ts';

export const plainName = v.pipe(
  v.string(),
  v.regex(plainNamePattern, 'it is no name: lower-case letters and digits, with single ".", "_" or "-" between them'),
);

export const variantEntry = v.strictObject({
  default: key(v.boolean(), {
    description: 'Its tags also come without the suffix. At most one variant is the default.',
    default: '`false`',
    examples: [true],
  }),
  args: key(textMap, {
    description: 'Build arguments; they win over those of the image.',
    default: 'none',
    examples: [{ BASE: 'python:3.12-slim' }],
  }),
  target: key(someText, { description: 'The stage to build.', default: "the image's", examples: ['slim'] }),
  platforms: key(v.pipe(v.array(platformText), v.nonEmpty('expected at least one entry')), {
    description: 'The platforms it is built for, each one of the image.',
    default: "all of the image's",
    examples: [['linux/amd64', 'linux/arm64']],
  }),
  dockerfile: key(someText, {
    description: 'Its Dockerfile.',
    default: "the image's",
    examples: ['Dockerfile.slim'],
  }),
  context: key(someText, { description: 'Its context folder.', default: "the image's", examples: ['slim'] }),
  suffix: key(plainText, {
    description: 'What stands behind its tags.',
    default: '`-` and its name; nothing where there is a prefix',
    examples: ['-slim'],
  }),
  prefix: key(plainText, {
    description: 'What stands before its tags.',
    default: 'nothing',
    examples: ['slim-'],
  }),
  latest: key(v.boolean(), {
    description: 'Whether it has the tag `latest`, with its suffix or prefix, where the rules give it.',
    default: '`true`',
    examples: [false],
  }),
});

export const variantMap = v.record(plainName, variantEntry);
