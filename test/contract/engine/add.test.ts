import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TarEntry } from '../../../src/archive/tar-entry.ts';
import { packTar, type TarInput } from '../../../src/archive/tar-writer.ts';
import { joinChunks } from '../../../src/store/collect-content.ts';
import { layerOf, onlyPart, Workshop } from './build-image.ts';

/** One archive with the file `pl` of 7:8, as bzip2, xz and zstd make it. */
const samples: Readonly<Record<string, string>> = {
  bz2: 'QlpoOTFBWSZTWTN/FKYAAHDbgPEQQAB9gEABYAReAAgIIABUQmgADQGgkU0jQZAAfcYEkIKTBCKvrWLUs70CGG0jSJtEMQZCGF4uo1zInGhB7teoiPERAPi7kinChIGb+KUw',
  xz: '/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4Cf/AFtdADga/BugolE3r8EVaxILht2zaIxiQtkoCAB/ZXsWuq3AKoGVUZmZlpB9IpEcm0ZbKDNCa6XmYPM2fJcNaC8fMq9pjSAfJguVbOL/NT5ZMyQJooZqXdB3Nn71TgAAADYxaNDuxaegAAF3gFAAAACUVpmvscRn+wIAAAAABFla',
  zst: 'KLUv/QRYPQIAVAJwbAAwMDAwNjQ0MDA3MTAyMQAwMDYzMDQAIDB1c3RhcgAwMFAKDAAKBXjgthsK4TkKwBis0Bwz/cUYXAsGBjNWLuMTGAKXUwn9',
};

function entryOf(path: string, changes: Partial<TarEntry> = {}): TarEntry {
  const modified = { seconds: 1_700_000_000, nanoseconds: 0 };
  return { path, type: 'file', mode: 0o644, uid: 7, gid: 8, sizeBytes: 0, modified, ...changes };
}

function fileOf(path: string, text: string, changes: Partial<TarEntry> = {}): TarInput {
  const content = Buffer.from(text);
  return { entry: entryOf(path, { sizeBytes: content.length, ...changes }), content };
}

async function tarOf(...inputs: readonly TarInput[]): Promise<Uint8Array> {
  return joinChunks(packTar(inputs));
}

/** The same archive with another first name, which no writer would write. */
function renamed(archive: Uint8Array, name: string): Uint8Array {
  const bytes = Buffer.from(archive);
  bytes.fill(0, 0, 100).write(name, 0);
  bytes.fill(' ', 148, 156);
  const sum = bytes.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return bytes;
}

describe('ADD of a local archive', () => {
  let shop: Workshop;
  beforeEach(() => {
    shop = new Workshop({ plain: 'no archive', 'd/f': 'D' });
  });
  afterEach(() => shop.remove());

  async function lastLayer(...lines: readonly string[]): Promise<Record<string, string>> {
    const outcome = await shop.build(['FROM scratch', ...lines].join('\n'));
    return layerOf(outcome, onlyPart(outcome), -1);
  }

  function place(name: string, bytes: Uint8Array): void {
    writeFileSync(join(shop.context, name), bytes);
  }

  test('unpacks it with its own owners, modes and links', async () => {
    const link = entryOf('sl', { type: 'symlink', linkTarget: 'pl', mode: 0o777 });
    const hard = entryOf('hl', { type: 'hardlink', linkTarget: 'pl' });
    const folder = entryOf('dd', { type: 'directory', mode: 0o750 });
    place(
      't.tgz',
      gzipSync(
        await tarOf(fileOf('pl', 'P'), { entry: folder }, fileOf('dd/i', 'I'), { entry: link }, { entry: hard }),
      ),
    );

    expect(await lastLayer('ADD t.tgz /u/v/')).toEqual({
      u: 'dir 755 0:0',
      'u/v': 'dir 755 0:0',
      'u/v/dd': 'dir 750 7:8',
      'u/v/dd/i': 'file 644 7:8 I',
      'u/v/hl': 'file 644 7:8 P',
      'u/v/pl': 'hardlink 644 7:8 = u/v/hl',
      'u/v/sl': 'symlink 777 7:8 -> pl',
    });
  });

  test.each(Object.keys(samples))('unpacks %s', async (kind) => {
    place(`t.${kind}`, Buffer.from(samples[kind] ?? '', 'base64'));

    expect(await lastLayer(`ADD t.${kind} /w`)).toEqual({ w: 'dir 755 0:0', 'w/pl': 'file 644 7:8 P' });
  });

  test('--chown owns what is in it, --chmod changes nothing', async () => {
    place('t.tar', await tarOf(fileOf('pl', 'P')));

    expect(await lastLayer('ADD --chown=1:2 t.tar /w')).toEqual({ w: 'dir 755 1:2', 'w/pl': 'file 644 1:2 P' });
    expect(await lastLayer('ADD --chmod=600 t.tar /w')).toEqual({ w: 'dir 755 0:0', 'w/pl': 'file 644 7:8 P' });
  });

  test('replaces what stands in the way, even a full directory', async () => {
    place('t.tar', await tarOf(fileOf('pl', 'P')));

    expect(await lastLayer('COPY d /pl', 'ADD t.tar /')).toEqual({ pl: 'file 644 7:8 P' });
  });

  test('a directory that replaces a directory hides what was in it, where a file came between', async () => {
    const folder = entryOf('pl', { type: 'directory', mode: 0o700 });
    place('t.tar', await tarOf(fileOf('pl', 'P'), { entry: folder }));

    expect(await lastLayer('COPY d /pl', 'ADD t.tar /')).toEqual({
      pl: 'dir 700 7:8',
      'pl/.wh..wh..opq': 'file 0 0:0',
    });
  });

  test('copies what is no archive, and an archive too with --unpack=false', async () => {
    place('t.tar', await tarOf(fileOf('pl', 'P')));

    expect(await lastLayer('ADD plain d /w/')).toMatchObject({
      'w/plain': 'file 644 0:0 no archive',
      'w/f': 'file 644 0:0 D',
    });
    expect(Object.keys(await lastLayer('ADD --unpack=false t.tar /w/'))).toEqual(['w', 'w/t.tar']);
    expect(Object.keys(await lastLayer('COPY t.tar /w/'))).toEqual(['w', 'w/t.tar']);
  });

  test('fails on an archive that is damaged behind its first entry', async () => {
    const whole = gzipSync(await tarOf(fileOf('pl', 'P'), fileOf('big', 'x'.repeat(300_000))), { level: 0 });
    place('t.tgz', whole.subarray(0, whole.length / 2));

    const { faults } = await shop.build('FROM scratch\nADD t.tgz /');

    expect(faults).toMatchObject([{ code: 'ARCHIVE_TRUNCATED', where: { line: 2 } }]);
  });

  test('refuses an archive that writes or links out of its destination', async () => {
    place('up.tar', renamed(await tarOf(fileOf('x', 'E')), '../../etc/x'));
    expect((await shop.build('FROM scratch\nADD up.tar /w')).faults).toMatchObject([{ code: 'ARCHIVE_PATH_UNSAFE' }]);

    place('hard.tar', await tarOf({ entry: entryOf('h', { type: 'hardlink', linkTarget: 'nowhere' }) }));
    expect((await shop.build('FROM scratch\nADD hard.tar /w')).faults).toMatchObject([{ code: 'ARCHIVE_MALFORMED' }]);
  });

  test('follows links of the archive inside the destination only', async () => {
    const link = entryOf('out', { type: 'symlink', linkTarget: '/etc', mode: 0o777 });
    place('t.tar', await tarOf({ entry: link }, fileOf('out/x', 'X')));

    expect(Object.keys(await lastLayer('ADD t.tar /w'))).toEqual(['w', 'w/etc', 'w/etc/x', 'w/out']);
  });
});
