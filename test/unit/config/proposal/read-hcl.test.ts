import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readBake } from '../../../../src/config/proposal/read-bake.ts';
import { readHcl } from '../../../../src/config/proposal/read-hcl.ts';

describe('readHcl', () => {
  test('reads blocks with their values, variables replaced by their defaults', () => {
    const blocks = readHcl(`
      variable "TAG" { default = "1.2" }  # a comment
      target "app" {
        args = { A = "x", "B" = 2, C = null }
        tags = ["r/app:\${TAG}", "r/app:latest",]
        secret { id = "s" }
      }`);

    expect(blocks).toEqual([
      { type: 'target', label: 'app', body: { args: { A: 'x', B: 2, C: null }, tags: ['r/app:1.2', 'r/app:latest'] } },
    ]);
  });

  test.each([
    ['a call', 'join(",", ["a", "b"])'],
    ['a condition', 'A == "" ? "x" : "y"'],
    ['a text with an unknown variable', '"${UNKNOWN}"'],
    ['a loop', '[for x in y : x]'],
  ])('leaves what must be evaluated undefined, and goes on: %s', (_, expression) => {
    const [block] = readHcl(`target "a" {\n  first = ${expression}\n  second = "b"\n}`);

    expect(block?.body).toMatchObject({ second: 'b' });
    expect(JSON.stringify({ first: block?.body['first'] })).toMatch(/^\{(?:"first":\[(?:null,?)*\])?\}$/);
  });

  test('never faults and always ends, whatever the text', () => {
    const word = fc.constantFrom(
      'target',
      '"a"',
      '{',
      '}',
      '[',
      ']',
      '(',
      ')',
      '=',
      ',',
      '?',
      ':',
      '${',
      '\n',
      '"',
      'x',
      '#',
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 60 }), (words) => {
        expect(() => readHcl(words.join(' '))).not.toThrow();
      }),
      { numRuns: 500 },
    );
  });
});

describe('readBake', () => {
  test('lays a target over what it inherits, and leaves out what is only inherited', () => {
    const text = 'target "b" { platforms = ["linux/s390x"] }\ntarget "a" { inherits = ["b"]\n target = "x" }';

    expect(readBake('docker-bake.hcl', text)).toEqual([
      expect.objectContaining({ name: 'a', target: 'x', platforms: ['linux/s390x'], dockerfile: 'Dockerfile' }),
    ]);
  });

  test('a target that inherits from itself ends', () => {
    expect(readBake('docker-bake.json', '{"target": {"a": {"inherits": ["b"]}, "b": {"inherits": ["a"]}}}')).toEqual(
      [],
    );
  });
});
