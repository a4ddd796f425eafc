import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { diskFault } from '../../../src/store/disk-fault.ts';
import { withFileLock } from '../../../src/store/file-lock.ts';
import { currentOwner, formatOwner, ownerState, parseOwner } from '../../../src/store/process-owner.ts';
import { codeOf } from '../../contract/store/image-store-contract.ts';
import { fakeHost } from '../../support/fake-host.ts';

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'polyarch-lock-'));
  path = join(folder, 'lock');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** No process has a number this high. */
const nobody = 4_194_304_9;

describe('withFileLock', () => {
  test('runs one action after the other, and leaves nothing', async () => {
    const host = fakeHost();
    const log: string[] = [];

    await Promise.all(
      ['a', 'b', 'c'].map((name) =>
        withFileLock(path, { host }, async () => {
          log.push(`${name} in`);
          await new Promise((resolve) => setImmediate(resolve));
          log.push(`${name} out`);
        }),
      ),
    );

    expect(log).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out']);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('lets go when the action fails', async () => {
    const host = fakeHost();
    const failing = withFileLock(path, { host }, () => Promise.reject(new Error('no')));

    expect(await codeOf(failing)).toBe('Error: no');
    expect(await withFileLock(path, { host }, () => Promise.resolve('yes'))).toBe('yes');
  });

  test('takes over at once from a process that is gone, or whose number another process has now', async () => {
    const host = fakeHost();
    const own = await currentOwner();

    for (const owner of [
      { ...own, pid: nobody },
      { ...own, start: '1' },
    ]) {
      writeFileSync(path, `${formatOwner(owner)} 12-34\n`);
      expect(await withFileLock(path, { host }, () => Promise.resolve(readFileSync(path, 'utf8')))).toMatch(
        new RegExp(`^${process.pid}\\.`),
      );
    }
    expect(host.clock.monotonicMs()).toBe(0);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('takes over from a process of another container, or from nobody known, only after its patience', async () => {
    for (const text of [`${formatOwner({ pid: 1, start: '5', space: 'elsewhere' })} 1-2\n`, 'rubbish', '']) {
      const host = fakeHost();
      writeFileSync(path, text);

      await withFileLock(path, { host, patienceMs: 500 }, () => Promise.resolve());

      expect(host.clock.monotonicMs()).toBeGreaterThanOrEqual(500);
    }
  });

  test('does not take over from a process that lives, and says so after its wait', async () => {
    const host = fakeHost();
    writeFileSync(path, `${formatOwner(await currentOwner())} 1-2\n`);

    expect(await codeOf(withFileLock(path, { host, waitMs: 100 }, () => Promise.resolve()))).toBe('STORE_LOCKED');
    expect(readFileSync(path, 'utf8')).toMatch(/ 1-2\n$/);
    rmSync(path);
    expect(await codeOf(withFileLock(path, { host, waitMs: 100 }, () => Promise.resolve()))).toBe('no fault');
  });

  test('stops waiting when the run is interrupted', async () => {
    const host = fakeHost();
    writeFileSync(path, `${formatOwner(await currentOwner())} 1-2\n`);
    const waiting = withFileLock(path, { host }, () => Promise.resolve());

    host.abort(new Error('Ctrl-C'));

    expect(await codeOf(waiting)).toBe('Error: Ctrl-C');
    expect(readdirSync(folder)).toEqual(['lock']);
  });
});

describe('ownerState', () => {
  test('knows this process from others', async () => {
    const own = await currentOwner();

    expect(await ownerState(own)).toBe('alive');
    expect(await ownerState({ ...own, pid: nobody })).toBe('dead');
    expect(await ownerState({ ...own, space: 'elsewhere' })).toBe('unknown');
    expect(parseOwner(formatOwner(own))).toEqual(own);
    expect(parseOwner('0.1.x')).toBeUndefined();
  });
});

describe('diskFault', () => {
  test.each([
    ['ENOSPC', 'STORE_FULL'],
    ['EDQUOT', 'STORE_FULL'],
    ['EFBIG', 'STORE_FULL'],
    ['EACCES', 'STORE_DENIED'],
    ['EPERM', 'STORE_DENIED'],
    ['EROFS', 'STORE_DENIED'],
    ['EIO', 'Error: EIO'],
  ])('tells %s as %s', async (code, expected) => {
    const error = Object.assign(new Error(code), { code });
    const told = diskFault(error, 'write', '/somewhere');

    expect(await codeOf(Promise.reject(told instanceof Error ? told : new Error('not one')))).toBe(expected);
  });
});
