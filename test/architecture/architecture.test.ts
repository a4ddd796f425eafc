import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';

const sourceRoot = join(import.meta.dirname, '../../src');

/** The map of the house (docs/architecture.md). A change here is a change of design: write a decision record. */
const floors: Readonly<Record<string, { readonly floor: number; readonly wing: 'pure' | 'world' | 'joins' }>> = {
  errors: { floor: 0, wing: 'pure' },
  oci: { floor: 1, wing: 'pure' },
  dockerfile: { floor: 1, wing: 'pure' },
  binary: { floor: 1, wing: 'pure' },
  config: { floor: 2, wing: 'pure' },
  verify: { floor: 2, wing: 'pure' },
  lint: { floor: 2, wing: 'pure' },
  plan: { floor: 3, wing: 'pure' },
  ci: { floor: 4, wing: 'pure' },
  report: { floor: 4, wing: 'pure' },
  host: { floor: 1, wing: 'world' },
  archive: { floor: 1, wing: 'world' },
  registry: { floor: 2, wing: 'world' },
  forge: { floor: 2, wing: 'world' },
  store: { floor: 3, wing: 'world' },
  engine: { floor: 4, wing: 'world' },
  server: { floor: 4, wing: 'world' },
  history: { floor: 4, wing: 'world' },
  publish: { floor: 4, wing: 'world' },
  run: { floor: 5, wing: 'joins' },
  cli: { floor: 6, wing: 'joins' },
  'bin.ts': { floor: 7, wing: 'joins' },
  'index.ts': { floor: 7, wing: 'joins' },
};

interface Arrow {
  readonly from: string;
  readonly to: string;
}

const files = readdirSync(sourceRoot, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.replaceAll('\\', '/'));
const texts = new Map(files.map((file) => [file, readFileSync(join(sourceRoot, file), 'utf8')]));
const arrows: readonly Arrow[] = files.flatMap((file) =>
  importsOf(file)
    .filter((name) => name.startsWith('.'))
    .map((name) => ({
      from: file,
      to: relative(sourceRoot, join(sourceRoot, dirname(file), name)).replaceAll('\\', '/'),
    })),
);

function importsOf(file: string): readonly string[] {
  const text = texts.get(file) ?? '';
  return [
    ...text.matchAll(/(?:^|\n)\s*(?:import|export)\s[^;'"]*?from\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g),
  ].map((match) => match[1] ?? match[2] ?? '');
}

function folderOf(file: string): string {
  return file.split('/')[0] ?? file;
}

function placeOf(file: string) {
  const place = floors[folderOf(file)];
  if (place === undefined) throw new Error(`src/${file} stands in a folder that the map does not have`);
  return place;
}

describe('the house', () => {
  test('every file stands on a floor', () => {
    for (const file of files) expect(() => placeOf(file), file).not.toThrow();
    expect(files.length).toBeGreaterThan(10);
  });

  test('every import falls to a lower floor or stays in its folder', () => {
    const rising = arrows.filter(
      ({ from, to }) => folderOf(from) !== folderOf(to) && placeOf(from).floor <= placeOf(to).floor,
    );

    expect(rising).toEqual([]);
  });

  test('the pure wing never imports the world', () => {
    const crossing = arrows.filter(({ from, to }) => placeOf(from).wing === 'pure' && placeOf(to).wing !== 'pure');

    expect(crossing).toEqual([]);
  });

  test('the pure wing imports no effect and uses none', () => {
    const allowed = new Set(['node:crypto', 'node:path/posix', 'node:buffer']);
    const packages = new Set(['yaml', 'valibot', 'handlebars', 'moment-timezone', 'semver/functions/parse.js']);
    const effects =
      /\b(?:process\.|console\.|Math\.random|Date\.now|new Date\(\)|setTimeout|setInterval|fetch\()|\basync\s+function|\bawait\s/;
    const faults = files
      .filter((file) => placeOf(file).wing === 'pure')
      .flatMap((file) => {
        const outside = importsOf(file).filter(
          (name) => !name.startsWith('.') && !allowed.has(name) && !packages.has(name),
        );
        const code = (texts.get(file) ?? '').replace(/\/\*[\s\S]*?\*\/|(?<![:'"`])\/\/.*$/gm, '');
        const effect = effects.exec(code)?.[0];
        return [
          ...outside.map((name) => `${file} imports ${name}`),
          ...(effect === undefined ? [] : [`${file} uses ${effect}`]),
        ];
      });

    expect(faults).toEqual([]);
  });

  test('the clock, randomness, environment and console are reached through host/ alone', () => {
    const reached =
      /\b(?:process\.(?:env|exit|argv|cwd|stdout|stderr|on)\b|console\.|Math\.random|Date\.now|new Date\(\))|node:child_process/;
    const exempt = new Set(['bin.ts']);
    const faults = files
      .filter((file) => placeOf(file).wing !== 'pure' && folderOf(file) !== 'host' && !exempt.has(file))
      .filter((file) => reached.test((texts.get(file) ?? '').replace(/\/\*[\s\S]*?\*\/|(?<![:'"`])\/\/.*$/gm, '')));

    expect(faults).toEqual([]);
  });

  test('there is no circle of imports', () => {
    const done = new Set<string>();
    const circles: string[] = [];
    function visit(file: string, path: readonly string[]): void {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
      if (done.has(file) || path.includes(file)) return;
      for (const arrow of arrows.filter(({ from }) => from === file)) visit(arrow.to, [...path, file]);
      done.add(file);
    }
    for (const file of files) visit(file, []);

    expect(circles).toEqual([]);
  });

  test('no grab-bag names and no index.ts inside folders', () => {
    const banned = /(?:^|\/)(?:utils?|helpers?|common|misc|types|constants|manager|handler|service)(?:\.ts$|\/)/;

    expect(files.filter((file) => banned.test(file) || /\/index\.ts$/.test(file))).toEqual([]);
  });

  test('every suppression says why', () => {
    const silent = files.filter((file) =>
      /eslint-disable(?!.*-- \S)|@ts-expect-error(?!.* -- \S)/.test(texts.get(file) ?? ''),
    );

    expect(silent).toEqual([]);
  });
});
