import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { createPrompt } from '../../../src/host/prompt.ts';

function terminal(isTTY: boolean): PassThrough & { readonly isTTY: boolean } {
  return Object.assign(new PassThrough(), { isTTY });
}

describe('createPrompt', () => {
  test('gives the answer, or the usual one where it is empty', async () => {
    const [input, output] = [terminal(true), terminal(true)];
    const ask = createPrompt({ input, output, signal: new AbortController().signal });
    const first = ask?.('Where?', 'here');
    input.write(' there \n');

    expect(await first).toBe('there');

    const second = ask?.('Where?', 'here');
    input.write('\n');

    expect(await second).toBe('here');
    expect(String(output.read())).toBe('Where? [here] Where? [here] ');
  });

  test('takes the usual answer where the input ends', async () => {
    const [input, output] = [terminal(true), terminal(true)];
    const answer = createPrompt({ input, output, signal: new AbortController().signal })?.('Where?', 'here');
    input.end();

    expect(await answer).toBe('here');
  });

  test('stops waiting when it is interrupted', async () => {
    const stop = new AbortController();
    const answer = createPrompt({ input: terminal(true), output: terminal(true), signal: stop.signal })?.(
      'Where?',
      'x',
    );
    stop.abort();

    await expect(answer).rejects.toMatchObject({ code: 'INTERRUPTED' });
  });

  test.each([
    [false, true],
    [true, false],
  ])('asks nobody where input is a terminal: %s, and output: %s', (input, output) => {
    const streams = { input: terminal(input), output: terminal(output), signal: new AbortController().signal };

    expect(createPrompt(streams)).toBeUndefined();
  });
});
