import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import { createTerminal, decideColor, isContinuousIntegration } from '../../../src/host/terminal.ts';
import { cacheDirectory } from '../../../src/host/user-directories.ts';

class FakeStream extends EventEmitter {
  readonly written: string[] = [];
  isTTY = true;
  columns = 0;
  rows = 0;

  write(text: string): void {
    this.written.push(text);
  }
}

describe('decideColor', () => {
  const cases = [
    { name: 'a terminal', isTerminal: true, env: {}, expected: true },
    { name: 'a pipe', isTerminal: false, env: {}, expected: false },
    { name: 'NO_COLOR', isTerminal: true, env: { NO_COLOR: '1' }, expected: false },
    { name: 'an empty NO_COLOR', isTerminal: true, env: { NO_COLOR: '' }, expected: true },
    { name: 'NO_COLOR over FORCE_COLOR', isTerminal: true, env: { NO_COLOR: '1', FORCE_COLOR: '1' }, expected: false },
    { name: 'FORCE_COLOR on a pipe', isTerminal: false, env: { FORCE_COLOR: '1' }, expected: true },
    { name: 'FORCE_COLOR=0', isTerminal: true, env: { FORCE_COLOR: '0' }, expected: false },
    { name: 'TERM=dumb', isTerminal: true, env: { TERM: 'dumb' }, expected: false },
    { name: 'GitHub Actions', isTerminal: false, env: { GITHUB_ACTIONS: 'true', CI: 'true' }, expected: true },
    { name: 'another CI service', isTerminal: false, env: { CI: 'true' }, expected: false },
  ];

  test.each(cases)('answers $expected for $name', ({ isTerminal, env, expected }) => {
    expect(decideColor({ isTerminal, env, color: 'auto' })).toBe(expected);
  });

  test('obeys the user before everything else', () => {
    expect(decideColor({ isTerminal: false, env: { NO_COLOR: '1' }, color: 'always' })).toBe(true);
    expect(decideColor({ isTerminal: true, env: { FORCE_COLOR: '1' }, color: 'never' })).toBe(false);
  });
});

describe('createTerminal', () => {
  test('is interactive on a terminal, and not on a pipe, a dumb terminal or in CI', () => {
    const stream = new FakeStream();
    const pipe = Object.assign(new FakeStream(), { isTTY: false });

    const terminals = [
      createTerminal({ stream, env: {} }),
      createTerminal({ stream: pipe, env: {} }),
      createTerminal({ stream, env: { TERM: 'dumb' } }),
      createTerminal({ stream, env: { CI: 'true' } }),
      createTerminal({ stream, env: { CI: 'false' } }),
    ];

    expect(terminals.map(({ isInteractive }) => isInteractive)).toEqual([true, false, false, false, true]);
  });

  test('takes its size from the stream, then from the environment, then 80 x 24', () => {
    const stream = new FakeStream();
    const plain = createTerminal({ stream, env: {} });
    const told = createTerminal({ stream, env: { COLUMNS: '132', LINES: 'many' } });

    expect([plain.columns(), plain.rows(), told.columns(), told.rows()]).toEqual([80, 24, 132, 24]);
    stream.columns = 40;
    expect([plain.columns(), told.columns()]).toEqual([40, 40]);
  });

  test('has no end to its lines where it is no terminal, unless the environment says so', () => {
    const stream = Object.assign(new FakeStream(), { isTTY: false });

    expect(createTerminal({ stream, env: {} }).columns()).toBe(Infinity);
    expect(createTerminal({ stream, env: { COLUMNS: '100' } }).columns()).toBe(100);
  });

  test('tells of changes of size until it is asked to stop', () => {
    const stream = new FakeStream();
    const terminal = createTerminal({ stream, env: {} });
    let count = 0;

    const stop = terminal.onResize(() => {
      count += 1;
    });
    stream.emit('resize');
    stop();
    stream.emit('resize');

    expect(count).toBe(1);
  });

  test('writes to the stream', () => {
    const stream = new FakeStream();

    createTerminal({ stream, env: {} }).write('text');

    expect(stream.written).toEqual(['text']);
  });
});

test('isContinuousIntegration knows CI and its denials', () => {
  expect(['true', '1', 'false', '0', '', undefined].map((CI) => isContinuousIntegration({ CI }))).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});

describe('cacheDirectory', () => {
  const facts = { workingDirectory: '/work', home: '/home/ada', os: 'linux' };

  test.each([
    { env: {}, os: 'linux', expected: '/home/ada/.cache/polyarch' },
    { env: { XDG_CACHE_HOME: '/var/cache' }, os: 'linux', expected: '/var/cache/polyarch' },
    { env: { XDG_CACHE_HOME: 'cache' }, os: 'linux', expected: '/home/ada/.cache/polyarch' },
    { env: { POLYARCH_CACHE_DIR: '/c', XDG_CACHE_HOME: '/x' }, os: 'linux', expected: '/c' },
    { env: { POLYARCH_CACHE_DIR: 'c' }, os: 'linux', expected: '/work/c' },
    { env: { POLYARCH_CACHE_DIR: '' }, os: 'linux', expected: '/home/ada/.cache/polyarch' },
    { env: {}, os: 'darwin', expected: '/home/ada/Library/Caches/polyarch' },
    { env: { XDG_CACHE_HOME: '/var/cache' }, os: 'darwin', expected: '/var/cache/polyarch' },
    { env: { LOCALAPPDATA: String.raw`C:\L` }, os: 'win32', expected: String.raw`C:\L\polyarch\Cache` },
  ])('is $expected with $env on $os', ({ env, os, expected }) => {
    expect(cacheDirectory({ ...facts, env, os })).toBe(expected);
  });

  test('takes the home folder from the environment, else from the system', () => {
    const os = 'linux';

    expect(cacheDirectory({ env: { HOME: '/h' }, workingDirectory: '/', os })).toBe('/h/.cache/polyarch');
    expect(cacheDirectory({ env: {}, workingDirectory: '/', os })).toMatch(/^\/.*\/?\.cache\/polyarch$/);
  });
});
