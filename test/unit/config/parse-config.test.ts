import { describe, expect, test } from 'vitest';
import type { Config } from '../../../src/config/config.ts';
import { checkConfig, parseConfig } from '../../../src/config/parse-config.ts';
import { Fault } from '../../../src/errors/fault.ts';

function parse(text: string): Config {
  return parseConfig(text, { file: 'polyarch.yaml', folderName: 'app' });
}

function faultOf(text: string): Fault {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof Fault) return error;
  }
  throw new Error('there was no fault');
}

/** Each bad text, what is said of it, and its twin that is good. */
const cases = [
  {
    bad: 'platfroms: [linux/amd64]',
    says: '1:1: unknown key "platfroms"; did you mean "platforms"',
    good: 'platforms: [linux/amd64]',
  },
  {
    bad: 'carryForward: 30d',
    says: '1:1: unknown key "carryForward"; it belongs in "platforms"',
    good: 'platforms: [{platform: linux/arm64, optional: true, carryForward: 30d}]',
  },
  {
    bad: 'images:\n  app:\n    contxt: .',
    says: '3:5: unknown key "contxt" in "app"; did you mean "context"',
    good: 'images:\n  app:\n    context: .',
  },
  {
    bad: 'platforms: [{platform: linux/arm64, optinal: true}]',
    says: '1:37: unknown key "optinal" in entry 1 of "platforms"; did you mean "optional"',
    good: 'platforms: [{platform: linux/arm64, optional: true}]',
  },
  {
    bad: 'platforms: linux/amd64',
    says: '1:12: "platforms" is the text "linux/amd64", expected a list',
    good: 'platforms:\n- linux/amd64',
  },
  {
    bad: 'platforms:',
    says: '1:1: "platforms" is empty, expected a list',
    good: 'platforms: [linux/s390x]',
  },
  {
    bad: 'platforms: []',
    says: '1:12: "platforms" is an empty list, expected at least one entry',
    good: 'platforms: [linux/riscv64]',
  },
  {
    bad: 'platforms: [linux/amd46]',
    says: '1:13: cannot read the platform "linux/amd46": "amd46" is no known architecture; did you mean "amd64", expected os/architecture[/variant]',
    good: 'platforms: [linux/amd64/v2]',
  },
  {
    bad: 'platforms: [linux/arm64, linux/aarch64]',
    says: '1:26: the platform "linux/arm64" stands here twice, as entries 1 and 2, written "linux/arm64" and "linux/aarch64"',
    good: 'platforms: [linux/arm64, linux/armhf]',
  },
  {
    bad: 'platforms: [{optional: true}]',
    says: '1:13: entry 1 of "platforms" has no "platform"',
    good: 'platforms: [{optional: true, platform: linux/386}]',
  },
  {
    bad: 'platforms: [{platform: linux/386, optional: yes}]',
    says: '1:45: "optional" in entry 1 of "platforms" is the text "yes", expected true or false',
    good: 'platforms: [{platform: linux/386, optional: false}]',
  },
  {
    bad: 'platforms: [{platform: linux/386, carryForward: 30d}]',
    says: '1:49: "carryForward" has no meaning without "optional: true"',
    good: 'platforms: [{platform: linux/386, optional: true, carryForward: 30d}]',
  },
  {
    bad: 'cache: registri',
    says: '1:8: "cache" is the text "registri", expected "registry", "gha", "local", "s3", "none" or a mapping; did you mean "registry"',
    good: 'cache: {type: s3, options: {bucket: b}}',
  },
  {
    bad: 'timeout: 30',
    says: '1:10: "timeout" is the number 30, expected a text',
    good: 'timeout: 30m',
  },
  {
    bad: 'timeout: 30 minutes',
    says: '1:10: cannot read the duration "30 minutes", expected for example "90s", "30m" or "30d"',
    good: 'timeout: 1h30m',
  },
  { bad: 'retries: 1.5', says: '1:10: "retries" is the number 1.5, expected a whole number', good: 'retries: 0' },
  { bad: 'args: {A: }', says: '1:8: "A" is empty, expected a text', good: 'args: {A: ""}' },
  { bad: 'args: {A: [b]}', says: '1:11: "A" is a list, expected a text', good: 'args: {A: 0x10}' },
  {
    bad: 'prepare: ""',
    says: '1:10: "prepare" is an empty text, expected one that says something',
    good: 'prepare: make',
  },
  {
    bad: 'image: ghcr.io/Acme/app',
    says: '1:8: cannot read the reference "ghcr.io/Acme/app": its repository has capital letters, expected "acme/app"',
    good: 'image: ghcr.io/acme/app',
  },
  {
    bad: 'image: ghcr.io/acme/app:1',
    says: '1:8: cannot use "ghcr.io/acme/app:1" as a repository: it has a tag, expected none; tags stand in "tags"',
    good: 'image: localhost:5000/acme/app',
  },
  {
    bad: 'repositories: [{name: app, when: USER}]',
    says: '1:34: "when" in entry 1 of "repositories" is the text "USER": it is no condition, expected for example "env.DOCKERHUB_USERNAME"',
    good: 'repositories: [{name: app, when: env.USER}]',
  },
  {
    bad: 'variants: {A: {}}',
    says: '1:12: the key "A": it is no name: lower-case letters and digits, with single ".", "_" or "-" between them',
    good: 'variants: {a-1: {}}',
  },
  {
    bad: 'variants: {a: {default: true}, b: {default: true}}',
    says: '1:45: "a" and "b" are both the default variant, expected at most one',
    good: 'variants: {a: {default: true}, b: {default: false}}',
  },
  {
    bad: 'variants: {a: {platforms: [linux/s390x]}}',
    says: '1:28: "linux/s390x" is no platform of its image, expected one of linux/amd64, linux/arm64',
    good: 'variants: {a: {platforms: [linux/x86_64]}}',
  },
  {
    bad: 'images: {a: {}}\nimage: app',
    says: '2:8: "image" belongs to one image, expected it below that image in "images"',
    good: 'images: {a: {repositories: [app]}}\ntarget: app',
  },
  { bad: 'images: {}', says: '1:9: "images": it names no image, expected at least one', good: 'images: {a: {}}' },
  {
    bad: 'output: tar:x',
    says: '1:9: cannot read the output "tar:x": "tar" is no kind of output, expected oci:DIR, oci-archive:FILE or docker-archive:FILE',
    good: 'output: [oci:x, docker-archive:x.tar]',
  },
  {
    bad: 'secrets: [{id: a, env: A, file: a}]',
    says: '1:11: entry 1 of "secrets": it has both "env" and "file", expected one',
    good: 'secrets: [{id: a, env: A}]',
  },
  {
    bad: 'secrets: ["id=a,evn=A"]',
    says: '1:11: cannot read the secret "id=a,evn=A": "evn" is no field; did you mean "env", expected id=NAME,env=VARIABLE or id=NAME,src=FILE',
    good: 'secrets: ["id=a,env=A"]',
  },
  {
    bad: 'tests: [{name: a}]',
    says: '1:9: entry 1 of "tests": it tests nothing, expected "run", "http", "user" or "file"',
    good: 'tests: [{name: a, user: 1000}]',
  },
  {
    bad: 'tests: [{run: a, stdout: "/(/"}]',
    says: '1:26: "stdout" in entry 1 of "tests" is the text "/(/": it is no regular expression that JavaScript knows, expected for example "/^v22\\./"',
    good: 'tests: [{run: a, stdout: "/()/"}]',
  },
  {
    bad: 'tests: [{http: {port: 70000}}]',
    says: '1:23: "port" is the number 70000, expected at most 65535',
    good: 'tests: [{http: {port: 65535}}]',
  },
  {
    bad: 'compression: {level: 12}',
    says: '1:14: "compression": its level is above 9, the highest that gzip has',
    good: 'compression: {type: zstd, level: 12}',
  },
  {
    bad: 'builders: [{name: a}, {name: a}]',
    says: '1:30: the builder "a" stands here twice, as entries 1 and 2',
    good: 'builders: [{name: a}, {name: b}]',
  },
];

describe('parseConfig', () => {
  test.each(cases)('tells of $bad', ({ bad, says, good }) => {
    expect(faultOf(bad).message).toBe(`Cannot use polyarch.yaml:${says}`);
    expect(() => parse(good)).not.toThrow();
  });

  test('says where in where and in the frame, with what is allowed', () => {
    const fault = faultOf('context: .\ncache: nowhere');

    expect(fault.code).toBe('CONFIG_MALFORMED');
    expect(fault.where).toEqual({ file: 'polyarch.yaml', line: 2, column: 8 });
    expect(fault.frame).toBe(
      ['  1 | context: .', '> 2 | cache: nowhere', '    |        ^^^^^^^', '    = for example: cache: registry'].join(
        '\n',
      ),
    );
  });

  test('tells all problems at once, in the order of the file, what is allowed once', () => {
    const fault = faultOf('context: 5\nfoo: 1\nbar: 2\nretries: -1');

    expect(fault.message).toBe(
      'Cannot use polyarch.yaml:1:10: "context" is the number 5, expected a text (and 3 more below)',
    );
    expect(fault.frame?.match(/^polyarch\.yaml:.*$/gm)).toEqual([
      'polyarch.yaml:2:1: unknown key "foo"',
      'polyarch.yaml:3:1: unknown key "bar"',
      'polyarch.yaml:4:10: "retries" is the number -1, expected at least 0',
    ]);
    expect(fault.frame?.match(/allowed here/g)).toHaveLength(1);
  });

  test('shows twenty problems and counts the others', () => {
    const text = Array.from({ length: 30 }, (_, index) => `wrong${index}: 1`).join('\n');

    const { frame = '' } = faultOf(text);

    expect(frame.match(/^polyarch\.yaml:/gm)).toHaveLength(19);
    expect(frame.endsWith('\n\nand 10 more')).toBe(true);
  });

  test('names lines rightly behind a byte order mark and with carriage returns', () => {
    const { message, frame } = faultOf('\uFEFFcontext: .\r\ntarget: [a]\r\n');

    expect(message).toContain('polyarch.yaml:2:9: "target" is a list, expected a text');
    expect(frame).toContain('> 2 | target: [a]\n    |         ^^^');
  });
});

test('checkConfig gives the problems one by one', () => {
  expect(checkConfig('target: a').problems).toEqual([]);
  expect(checkConfig('trget: a').problems).toMatchObject([{ line: 1, column: 1, length: 5 }]);
});
