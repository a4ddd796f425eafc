import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { layerOf, onlyPart, Workshop } from './build-image.ts';

/** Every expectation but those of --parents, which its built-in frontend lacks, was seen in what BuildKit 0.25 makes. */
describe('COPY', () => {
  let shop: Workshop;
  beforeEach(() => {
    shop = new Workshop({
      a: 'A',
      tool: ['file', 'T', 0o6755],
      'd/e/x.txt': 'X',
      'd/e': ['dir', 0o711],
      'd/f/y.md': 'Y',
      'd/z.txt': 'Z',
      'd/ln': ['link', 'z.txt'],
      'd/gone': ['link', 'nowhere'],
      to: ['link', 'd/e'],
      'w/[x].txt': 'q',
      'w/a.b.txt': 'q',
      'w/sub/c.txt': 'q',
    });
  });
  afterEach(() => shop.remove());

  async function lastLayer(...lines: readonly string[]): Promise<Record<string, string>> {
    const outcome = await shop.build(['FROM scratch', ...lines].join('\n'));
    return layerOf(outcome, onlyPart(outcome), -1);
  }

  test('makes missing folders 0755 and owned by root', async () => {
    expect(await lastLayer('COPY a /p/q/a')).toEqual({
      p: 'dir 755 0:0',
      'p/q': 'dir 755 0:0',
      'p/q/a': 'file 644 0:0 A',
    });
  });

  test('copies what a directory holds, into a new folder of mode 0755 whatever the source has', async () => {
    expect(await lastLayer('COPY d/e /q')).toEqual({ q: 'dir 755 0:0', 'q/x.txt': 'file 644 0:0 X' });
  });

  test('keeps modes, setuid bits and links inside a directory', async () => {
    expect(await lastLayer('COPY tool d /m/')).toEqual({
      m: 'dir 755 0:0',
      'm/e': 'dir 711 0:0',
      'm/e/x.txt': 'file 644 0:0 X',
      'm/f': 'dir 755 0:0',
      'm/f/y.md': 'file 644 0:0 Y',
      'm/gone': 'symlink 777 0:0 -> nowhere',
      'm/ln': 'symlink 777 0:0 -> z.txt',
      'm/tool': 'file 6755 0:0 T',
      'm/z.txt': 'file 644 0:0 Z',
    });
  });

  test('follows a link that is named itself', async () => {
    expect(await lastLayer('COPY d/ln /p')).toEqual({ p: 'file 644 0:0 Z' });
    expect(await lastLayer('COPY to /t')).toEqual({ t: 'dir 755 0:0', 't/x.txt': 'file 644 0:0 X' });
  });

  test.each([
    ['a new name', 'COPY a /b', ['b']],
    ['a folder asked for by a slash', 'COPY a /b/', ['b', 'b/a']],
    ['a folder asked for by a dot', 'COPY a /b/.', ['b', 'b/a']],
    ['the working directory', 'WORKDIR /w/\nCOPY a .', ['w', 'w/a']],
    ['a path below the working directory', 'WORKDIR /w\nCOPY a s/t', ['w', 'w/s', 'w/s/t']],
    ['several sources without a slash, the last of which wins', 'COPY a tool /m', ['m']],
    ['a path out of the context, which stays inside', 'COPY ../../a /y', ['y']],
  ])('writes to %s', async (_what, lines, paths) => {
    expect(Object.keys(await lastLayer(lines))).toEqual(paths);
  });

  test.each([
    ['* that stays within a name', 'COPY w/*.txt /z/', ['z', 'z/[x].txt', 'z/a.b.txt']],
    ['** that does not cross a slash', 'COPY w/**.txt /z/', ['z', 'z/[x].txt', 'z/a.b.txt']],
    ['* for a folder', 'COPY w/*/c.txt /z/', ['z', 'z/c.txt']],
    ['? for a character', 'COPY w/?.b.txt /z', ['z']],
    ['a class that escapes a bracket', 'COPY w/[[]x].txt /z', ['z']],
    ['a pattern that fits nothing', 'COPY nothing* /z/', []],
  ])('takes %s', async (_what, line, paths) => {
    expect(Object.keys(await lastLayer(line))).toEqual(paths);
  });

  test('--exclude leaves out what it matches below a copied directory', async () => {
    expect(Object.keys(await lastLayer('COPY --exclude=e --exclude=ln --exclude=gone d /p/'))).toEqual([
      'p',
      'p/f',
      'p/f/y.md',
      'p/z.txt',
    ]);
    expect(Object.keys(await lastLayer('COPY --exclude=** --exclude=!f/*.md d /p/'))).toEqual(['p', 'p/f', 'p/f/y.md']);
  });

  test('--parents keeps the folders that lead to a source, from the pivot on', async () => {
    expect(await lastLayer('COPY --parents d/e/x.txt d/f /p/')).toEqual({
      p: 'dir 755 0:0',
      'p/d': 'dir 755 0:0',
      'p/d/e': 'dir 711 0:0',
      'p/d/e/x.txt': 'file 644 0:0 X',
      'p/d/f': 'dir 755 0:0',
      'p/d/f/y.md': 'file 644 0:0 Y',
    });
    expect(Object.keys(await lastLayer('COPY --parents ./d/./*/*.txt /p'))).toEqual(['p', 'p/e', 'p/e/x.txt']);
    expect(Object.keys(await lastLayer('COPY --parents d/**/y.md /p'))).toEqual(['p', 'p/d', 'p/d/f', 'p/d/f/y.md']);
  });

  test('--chmod in octal is the mode of everything, of new folders less the umask', async () => {
    expect(await lastLayer('COPY --chmod=777 d/e /p/q')).toEqual({
      p: 'dir 755 0:0',
      'p/q': 'dir 755 0:0',
      'p/q/x.txt': 'file 777 0:0 X',
    });
    expect(await lastLayer('COPY --chmod=700 d /p')).toMatchObject({ p: 'dir 700 0:0', 'p/e': 'dir 700 0:0' });
  });

  test('--chmod by letters changes the mode that is there', async () => {
    expect(await lastLayer('COPY --chmod=u-s,g+w tool /b')).toEqual({ b: 'file 2775 0:0 T' });
    expect(await lastLayer('COPY --chmod=a+X,o-r d/e /z')).toEqual({ z: 'dir 755 0:0', 'z/x.txt': 'file 640 0:0 X' });
  });

  test('--chown owns everything, new folders too', async () => {
    expect(await lastLayer('COPY --chown=5:6 a /f/g')).toEqual({ f: 'dir 755 5:6', 'f/g': 'file 644 5:6 A' });
    expect(await lastLayer('COPY --chown=7 a /f')).toEqual({ f: 'file 644 7:7 A' });
    expect(await lastLayer('COPY --chown=:9 a /f')).toEqual({ f: 'file 644 0:9 A' });
  });

  test('--chown looks names up in the image, and takes root for one that is not there', async () => {
    const accounts = 'COPY <<E <<F /etc/\nbin:x:5:6::/:/x\nE\nstaff:x:50:\nF';
    const named = `${accounts.replaceAll('E', 'passwd').replaceAll('F', 'group')}\n`;

    expect(await lastLayer(`${named}COPY --chown=bin a /b`)).toEqual({ b: 'file 644 5:6 A' });
    expect(await lastLayer(`${named}COPY --chown=bin:staff a /b`)).toEqual({ b: 'file 644 5:50 A' });
    expect(await lastLayer(`${named}COPY --chown=nobody:nogroup a /b`)).toEqual({ b: 'file 644 0:0 A' });
    expect(await lastLayer('COPY a /x\nCOPY --chown=bin a /b')).toEqual({ b: 'file 644 0:0 A' });
  });

  test('writes through a dangling link to where it leads', async () => {
    expect(await lastLayer('COPY d /d\nCOPY a /d/gone')).toEqual({ d: 'dir 755 0:0', 'd/nowhere': 'file 644 0:0 A' });
  });

  test('gives a layer the folders of the image that lead to it, with their own modes', async () => {
    expect(await lastLayer('COPY --chmod=711 d /d', 'COPY a /d/e/a')).toEqual({
      d: 'dir 711 0:0',
      'd/e': 'dir 711 0:0',
      'd/e/a': 'file 644 0:0 A',
    });
  });

  test('--link looks at nothing below', async () => {
    expect(await lastLayer('COPY --chmod=700 a /t/a', 'COPY --link a /t/b')).toEqual({
      t: 'dir 755 0:0',
      't/b': 'file 644 0:0 A',
    });
    expect(await lastLayer('COPY --chmod=700 a /t/a', 'COPY --link --chmod=600 a /t/b')).toMatchObject({
      t: 'dir 700 0:0',
    });
  });

  test('writes heredocs with their names, variables expanded where the word is not quoted', async () => {
    const lines = ['ARG X=1', 'COPY <<one <<"two" /d/', 'v $X "q" ${Y:-3}', 'one', 'v $X', 'two'];

    expect(await lastLayer(...lines)).toEqual({
      d: 'dir 755 0:0',
      'd/one': 'file 644 0:0 v 1 "q" 3',
      'd/two': 'file 644 0:0 v $X',
    });
  });

  test.each([
    ['a directory onto a file', 'COPY a /f\nCOPY d /f'],
    ['below a file', 'COPY a /f\nCOPY a /f/b'],
    ['a file to a name with a slash that is a file', 'COPY a /f\nCOPY a /f/'],
    ['a file inside onto a directory', 'COPY d /d/z.txt/x\nCOPY d /d'],
    ['WORKDIR onto a file', 'COPY a /f\nWORKDIR /f'],
  ])('refuses %s', async (_what, lines) => {
    const { faults } = await shop.build(`FROM scratch\n${lines}`);

    expect(faults).toMatchObject([{ code: 'COPY_CONFLICT', where: { file: 'Dockerfile', line: 3 } }]);
  });
});
