import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dumpNode } from '../../../src/dockerfile/dump-node.ts';
import { parseLines } from '../../../src/dockerfile/parse-lines.ts';
import { isFault } from '../../../src/errors/fault.ts';

function dumps(source: string): readonly string[] {
  return parseLines(source).nodes.map(dumpNode);
}

function refusal(source: string) {
  try {
    parseLines(source);
  } catch (error) {
    if (isFault(error)) return { code: error.code, message: error.message, line: error.where.line };
    throw error;
  }
  return undefined;
}

describe('parseLines', () => {
  test.each([
    ['FROM a', 'from "a"'],
    ['from  a \t as  b', 'from "a" "as" "b"'],
    ['RUN echo "a  b" # c', 'run "echo \\"a  b\\" # c"'],
    ['RUN ["a", "b\\tc"]', 'run "a" "b\\tc"'],
    ["RUN ['a']", 'run "[\'a\']"'],
    ['CMD []', 'cmd'],
    ['RUN', 'run'],
    ['COPY a  b /c', 'copy "a" "b" "/c"'],
    ['COPY ["a b", "/c"]', 'copy "a b" "/c"'],
    ['COPY --from=x --chown="a b" -- a b', 'copy ["--from=x" "--chown=a b"] "a" "b"'],
    ['ENV a=b c="d e" f=g\\ h', 'env "a" "b" "=" "c" "\\"d e\\"" "=" "f" "g\\\\ h" "="'],
    ['ENV a b  c', 'env "a" "b  c" ""'],
    ['LABEL a=', 'label "a" "" "="'],
    ['ARG a b=c "d"', 'arg "a" "b=c" "\\"d\\""'],
    ['USER a b', 'user "a b"'],
    ['EXPOSE 80 443/tcp', 'expose "80" "443/tcp"'],
    ['HEALTHCHECK --retries=3 CMD ["a"]', 'healthcheck ["--retries=3"] "CMD" "a"'],
    ['HEALTHCHECK CMD a b', 'healthcheck "CMD" "a b"'],
    ['HEALTHCHECK', 'healthcheck'],
    ['ONBUILD RUN ["a"]', 'onbuild (run "a")'],
    ['ONBUILD', 'onbuild'],
    ['WHATEVER a b', 'whatever ""'],
    ['RUN é\u200b', 'run "é\\u200b"'],
  ])('splits %j', (line, expected) => {
    expect(dumps(`${line}\n`)).toEqual([expected]);
  });

  test('joins continued lines, drops comments among them and keeps the white space that they start with', () => {
    const { nodes, warnings } = parseLines('RUN a \\\n  # not \\\n  b\\\nc\nUSER d\n');

    expect(nodes.map(({ original, location }) => [original, location.startLine, location.endLine])).toEqual([
      ['RUN a   bc', 1, 4],
      ['USER d', 5, 5],
    ]);
    expect(warnings).toEqual([]);
  });

  test('warns of an empty line among continued ones', () => {
    const { nodes, warnings } = parseLines('RUN a \\\n\n  b\n');

    expect(nodes.map(dumpNode)).toEqual(['run "a   b"']);
    expect(warnings).toEqual([
      { message: 'Empty continuation line found in: RUN a   b', location: { startLine: 3, endLine: 3 } },
    ]);
  });

  test.each([
    ['RUN a \\  \t\nb', 'run "a b"'],
    ['RUN a \\\\\nUSER b', 'run "a \\\\\\\\"'],
    ['\\\nRUN a', 'run "a"'],
  ])('knows the end of a continued line: %j', (source, first) => {
    expect(dumps(source)[0]).toBe(first);
  });

  test('keeps the comments right above, and forgets those above an empty comment', () => {
    const { nodes } = parseLines('# one\n#\n# two\n\n#three\nFROM a\nRUN b\n');

    expect(nodes.map(({ comments }) => comments)).toEqual([['two', 'three'], []]);
  });

  test('reads directives at the top alone', () => {
    const { directives, escape, nodes } = parseLines(
      '#syntax=a/b:1 \n# ESCAPE = `\n# check=skip=all\nRUN a `\nb\\\nUSER c\n',
    );

    expect(directives).toEqual([
      { name: 'syntax', value: 'a/b:1', line: 1 },
      { name: 'escape', value: '`', line: 2 },
      { name: 'check', value: 'skip=all', line: 3 },
    ]);
    expect(escape).toBe('`');
    expect(nodes.map(dumpNode)).toEqual(['run "a b\\\\"', 'user "c"']);
    expect(nodes[0]?.comments).toEqual([]);
  });

  test.each(['\n# escape=`\n', '# a comment\n# escape=`\n', '# other=x\n# escape=`\n', 'FROM x\n# escape=`\n'])(
    'takes what looks like a directive further down for a comment: %j',
    (head) => {
      expect(parseLines(`${head}RUN a\n`).escape).toBe('\\');
    },
  );

  test.each([
    ['COPY --from=a\\ b c d', 'copy ["--from=a b"] "c" "d"'],
    ['# escape=`\nCOPY --from=a` b\\c c d', 'copy ["--from=a b\\\\c"] "c" "d"'],
  ])('lets the escape keep white space in a flag: %j', (source, expected) => {
    expect(dumps(source)).toEqual([expected]);
  });

  test('reads a byte order mark and Windows line ends', () => {
    const { nodes, escape } = parseLines('\uFEFF# escape=`\r\nFROM a\r\nRUN b `\r\n  c\r\n');

    expect(escape).toBe('`');
    expect(nodes.map(dumpNode)).toEqual(['from "a"', 'run "b   c"']);
  });

  test('reads heredocs with descriptors, quotes, tabs and Windows line ends', () => {
    const source = "RUN a <<ONE 3<<'TWO' <<-THREE\n1\n# kept\nONE\n$2\nTWO\n\t\t3\r\n\tTHREE\r\nUSER b\n";

    const { nodes } = parseLines(source);

    expect(nodes.map(({ location }) => location)).toEqual([
      { startLine: 1, endLine: 8 },
      { startLine: 9, endLine: 9 },
    ]);
    expect(nodes[0]?.heredocs).toEqual([
      { name: 'ONE', fileDescriptor: 0, expand: true, chomp: false, content: '1\n# kept\n' },
      { name: 'TWO', fileDescriptor: 3, expand: false, chomp: false, content: '$2\n' },
      { name: 'THREE', fileDescriptor: 0, expand: true, chomp: true, content: '\t\t3\r\n' },
    ]);
  });

  test.each([
    ['COPY <<A <<B /x\nA\nB\n', ['A', 'B']],
    ['ADD <<A /x\nA', ['A']],
    ['RUN cat << A > x\nA\n', ['A']],
    ['RUN <<a"b"\nab\n', ['ab']],
    ['ONBUILD RUN <<A\nA\n', ['A']],
    ['RUN cat<<A\nUSER x\n', []],
    ['RUN ["<<A"]\n', []],
    ['RUN "<<A"\n', []],
    ['RUN \\<<A\n', []],
    ["RUN it's <<A\n", []],
    ['RUN <<A<B\n', []],
    ['USER <<A\n', []],
  ])('finds the heredocs of %j', (source, names) => {
    expect(parseLines(source).nodes[0]?.heredocs.map(({ name }) => name)).toEqual(names);
  });

  test.each([
    ['', 'file with no instructions', 1],
    ['# only this\n', 'file with no instructions', 1],
    ['FROM a\nENV b\n', 'ENV must have two arguments', 2],
    ['FROM a\nLABEL b=c d\n', 'Syntax error - can\'t find = in "d". Must be of the form: name=value', 2],
    ['CMD [1]', 'when using JSON array syntax, arrays must be comprised of strings only', 1],
    ['RUN <<A\nb\n', 'unterminated heredoc', 1],
    ['# escape=x\nFROM a', "invalid escape token 'x' does not match ` or \\", 1],
    ['# escape=`\n# escape=`\nFROM a', 'only one escape parser directive can be used', 2],
    [`FROM a\n\nRUN ${'b'.repeat(65_532)}\n`, 'dockerfile line greater than max allowed size of 65535', 3],
  ])('refuses %.40j', (source, reason, line) => {
    expect(refusal(source)).toEqual({ code: 'DOCKERFILE_SYNTAX', message: `Cannot parse Dockerfile: ${reason}`, line });
  });

  test('takes a line of exactly the greatest length', () => {
    expect(refusal(`RUN ${'b'.repeat(65_531)}\n`)).toBeUndefined();
  });

  test('takes an escaped quote for part of the delimiter', () => {
    expect(parseLines('RUN <<\\"A\nb\n"A\n').nodes[0]?.heredocs).toMatchObject([{ name: '"A', content: 'b\n' }]);
  });

  test('gives every line to exactly one node or to none, in order', () => {
    const line = fc.constantFrom('FROM a', 'RUN b \\', '  c', '# d', '', 'COPY <<E /', 'E', 'ENV a=b', 'ONBUILD RUN x');

    fc.assert(
      fc.property(fc.array(line), (lines) => {
        try {
          const { nodes } = parseLines(lines.join('\n'));
          let last = 0;
          for (const { location } of nodes) {
            expect(location.startLine).toBeGreaterThan(last);
            expect(location.endLine).toBeGreaterThanOrEqual(location.startLine);
            last = location.endLine;
          }
          expect(last).toBeLessThanOrEqual(lines.length);
        } catch (error) {
          if (!isFault(error)) throw error;
        }
      }),
    );
  });
});
