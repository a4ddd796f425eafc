import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LineSplitter } from '../../../src/host/line-splitter.ts';
import { OutputTail } from '../../../src/host/output-tail.ts';

function split(chunks: readonly Uint8Array[]): readonly string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line));
  for (const chunk of chunks) splitter.write(chunk);
  splitter.end();
  return lines;
}

function cut(bytes: Uint8Array, places: readonly number[]): readonly Uint8Array[] {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return ends.map((end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end));
}

describe('LineSplitter', () => {
  test.each([
    ['', []],
    ['a', ['a']],
    ['a\n', ['a']],
    ['a\n\nb', ['a', '', 'b']],
    ['a\r\nb\r\n', ['a', 'b']],
    ['10 %\r20 %\rdone\n', ['10 %', '20 %', 'done']],
    ['\n', ['']],
  ])('splits %j', (text, lines) => {
    expect(split([Buffer.from(text)])).toEqual(lines);
  });

  test('gives the same lines wherever the bytes are cut', () => {
    const text = fc.array(fc.constantFrom('a', 'é', '漢', '🚀', '\n', '\r\n', '\r'), { maxLength: 30 });
    fc.assert(
      fc.property(text, fc.array(fc.nat(200), { maxLength: 8 }), (pieces, places) => {
        const bytes = Buffer.from(pieces.join(''));

        expect(split(cut(bytes, places))).toEqual(split([bytes]));
      }),
      { numRuns: 300 },
    );
  });

  test('hands a line without end over in pieces', () => {
    const piece = Buffer.alloc(700_000, 'x');

    expect(split([piece, piece, piece]).map((line) => line.length)).toEqual([1_400_000, 700_000]);
  });
});

describe('OutputTail', () => {
  test('keeps everything up to its size and the end beyond it', () => {
    const tail = new OutputTail(4);
    tail.write(Buffer.from('abcd'));
    const whole = tail.text();
    for (let count = 0; count < 100; count += 1) tail.write(Buffer.from('0123456789'));

    expect([whole, tail.text()]).toEqual(['abcd', '6789']);
  });

  test('drops the rest of a character that was cut in two', () => {
    const tail = new OutputTail(4);
    tail.write(Buffer.from('漢字'));

    expect(tail.text()).toBe('字');
  });
});
