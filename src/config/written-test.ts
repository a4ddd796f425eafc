import * as v from 'valibot';
import { platformText } from './written-platform.ts';
import { duration, key, plainText, requiredKey, someText } from './written-value.ts';

const port = v.pipe(
  v.number(),
  v.integer('expected a whole number'),
  v.minValue(1, 'expected at least 1'),
  v.maxValue(65535, 'expected at most 65535'),
);

/** A text that must be equal, or `/pattern/flags` that must match. */
const expectation = v.pipe(
  v.string(),
  v.check(isPatternOrText, 'it is no regular expression that JavaScript knows, expected for example "/^v22\\./"'),
);

const command = v.union([v.array(plainText), someText]);

const http = v.strictObject({
  port: requiredKey(port, { description: 'The port of the container.', examples: [3000] }),
  path: key(someText, { description: 'The path that is asked for.', default: '`/`', examples: ['/healthz'] }),
  status: key(v.pipe(v.number(), v.integer('expected a whole number')), {
    description: 'The status that must be answered.',
    default: '`200`',
    examples: [200],
  }),
  body: key(expectation, {
    description: 'The body that must be answered: a text, or `/pattern/`.',
    default: 'any',
    examples: ['/ok/'],
  }),
});

const file = v.strictObject({
  path: requiredKey(someText, { description: 'An absolute path in the image.', examples: ['/app/server'] }),
  exists: key(v.boolean(), { description: 'Whether it must exist or must not.', default: '`true`', examples: [false] }),
  contains: key(expectation, {
    description: 'What its content must be: a text, or `/pattern/`.',
    default: 'any',
    examples: ['/listen 80/'],
  }),
  mode: key(plainText, { description: 'Its permissions, octal.', default: 'any', examples: ['0755'] }),
});

export const testEntry = v.pipe(
  v.strictObject({
    name: key(someText, { description: 'What the report calls it.', default: 'what it does', examples: ['serves'] }),
    run: key(command, {
      description: 'A command that is run in a new container: its words, or one text for the shell of the image.',
      examples: [['node', '--version']],
    }),
    stdout: key(expectation, {
      description: 'What the command must print: a text, or `/pattern/`.',
      default: 'any',
      examples: ['/^v22\\./'],
    }),
    stderr: key(expectation, {
      description: 'What it must print on standard error: a text, or `/pattern/`.',
      default: 'any',
      examples: ['/warning/'],
    }),
    exitCode: key(v.pipe(v.number(), v.integer('expected a whole number')), {
      description: 'The exit code it must end with.',
      default: '`0`',
      examples: [0],
    }),
    http: key(http, {
      description: 'Starts the image and asks it by HTTP until it answers.',
      examples: [{ port: 3000, path: '/healthz', status: 200 }],
    }),
    user: key(plainText, { description: 'The user it must run as: a name or a number.', examples: ['1000'] }),
    file: key(file, {
      description: 'A file that must be in the image, or must not.',
      examples: [{ path: '/app/server', mode: '0755' }],
    }),
    env: key(v.record(v.string(), plainText), {
      description: 'Variables of the container.',
      default: 'none',
      examples: [{ PORT: '3000' }],
    }),
    timeout: key(duration, { description: 'How long it may take.', default: '`60s`', examples: ['30s'] }),
    platforms: key(v.array(platformText), {
      description: 'The platforms it is run on.',
      default: 'all that can be run',
      examples: [['linux/amd64']],
    }),
  }),
  v.check(
    (test) => [test.run, test.http, test.user, test.file].filter((what) => what !== undefined).length > 0,
    'it tests nothing, expected "run", "http", "user" or "file"',
  ),
);

function isPatternOrText(text: string): boolean {
  const pattern = /^\/(.*)\/([a-z]*)$/s.exec(text);
  if (pattern === null) return true;
  try {
    return new RegExp(pattern[1] ?? '', pattern[2]) instanceof RegExp;
  } catch {
    return false;
  }
}
