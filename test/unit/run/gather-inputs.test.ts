import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Recipe } from '../../../src/plan/cell.ts';
import type { CellInputs } from '../../../src/plan/input-digest.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { gatherInputs } from '../../../src/run/parts/gather-inputs.ts';
import { openLayout } from '../../../src/store/layout-store.ts';
import { type FakeHost, fakeHost } from '../../support/fake-host.ts';
import { writePart } from '../../support/part-record.ts';
import { planOf } from '../../support/plan-facts.ts';

let folder = '';
let host: FakeHost = fakeHost();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'polyarch-inputs-'));
  host = fakeHost({ env: { POLYARCH_CACHE_DIR: join(folder, '.cache') }, workingDirectory: folder });
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

/** A plan of this folder for what its Dockerfile says now. */
function planHere(yaml: string, dockerfile: string): Plan {
  write('Dockerfile', dockerfile);
  return planOf(yaml, {}, { root: folder, dockerfiles: { [join(folder, 'Dockerfile')]: dockerfile } });
}

async function inputsOf(plan: Plan): Promise<ReadonlyMap<string, CellInputs>> {
  return gatherInputs(plan, plan.cells, host);
}

const yaml = 'platforms: [linux/amd64]\nvariants: {a: {target: a, default: true}, b: {target: b, args: {X: "1"}}}\n';
const dockerfile = 'FROM scratch AS a\nCOPY a /\nFROM scratch AS b\nARG X\nCOPY b /\n';

async function digests(changes: Partial<Recipe> = {}, text = dockerfile): Promise<Record<'a' | 'b', string>> {
  const plan = planHere(yaml, text);
  const cells = plan.cells.map((cell) => ({ ...cell, recipe: { ...cell.recipe, ...changes } }));
  const inputs = await inputsOf({ ...plan, cells });
  const [a, b] = cells.map(({ id }) => inputs.get(id));
  return { a: told(a), b: told(b) };
}

function told(inputs: CellInputs | undefined): string {
  if (inputs === undefined) return 'nothing';
  return 'digest' in inputs ? inputs.digest : `unknown: ${inputs.reason}`;
}

describe('gatherInputs', () => {
  beforeEach(() => {
    write('a/one', '1');
    write('b/one', '1');
  });

  test('names the inputs of a cell, the same twice and at another time of the files', async () => {
    const before = await digests();
    utimesSync(join(folder, 'a/one'), 1, 1);

    const after = await digests();

    expect(before.a).toMatch(/^sha256:/);
    expect(before.a).not.toBe(before.b);
    expect(after).toEqual(before);
  });

  test.each<readonly [string, () => void]>([
    ['content', () => write('a/one', '2')],
    ['a file more', () => write('a/two', '')],
    ['a mode', () => chmodSync(join(folder, 'a/one'), 0o755)],
    ['a link', () => symlinkSync('one', join(folder, 'a/link'))],
    ['an empty folder', () => mkdirSync(join(folder, 'a/empty'))],
  ])('tells a change of %s to the cells that see it, and to no other', async (_name, change) => {
    const before = await digests();

    change();

    const after = await digests();
    expect(after.a).not.toBe(before.a);
    expect(after.b).toBe(before.b);
  });

  test('sees no file that .dockerignore leaves out', async () => {
    write('.dockerignore', 'a/*.log\n');
    const before = await digests();
    write('a/x.log', 'noise');
    expect(await digests()).toEqual(before);

    unlinkSync(join(folder, '.dockerignore'));

    expect((await digests()).a).not.toBe(before.a);
  });

  test('does not care for comments, and does for instructions', async () => {
    const before = await digests();

    expect(await digests({}, `# a comment\n${dockerfile.replace('COPY a', '\n# more\ncopy a')}`)).toEqual(before);
    expect((await digests({}, dockerfile.replace('COPY b /', 'COPY b /b'))).a).toBe(before.a);
    expect((await digests({}, dockerfile.replace('COPY b /', 'COPY b /b'))).b).not.toBe(before.b);
  });

  test('tells an arg of one variant to that variant alone', async () => {
    const before = await digests();
    const plan = planHere(yaml.replace('X: "1"', 'X: "2"'), dockerfile);

    const inputs = await inputsOf(plan);

    const [a, b] = plan.cells.map(({ id }) => told(inputs.get(id)));
    expect(a).toBe(before.a);
    expect(b).not.toBe(before.b);
  });

  test.each<readonly [string, Partial<Recipe>]>([
    ['a label', { labels: { x: 'y' } }],
    ['an annotation', { annotations: { x: 'y' } }],
    ['the compression', { compression: { type: 'zstd' } }],
    ['the network', { network: 'none' }],
    ['a secret', { secrets: [{ id: 'npm', env: 'NPM' }] }],
    ['a host', { extraHosts: { db: '10.0.0.1' } }],
    ['the provenance', { provenance: 'mode=max' }],
  ])('counts %s', async (_name, changes) => {
    expect((await digests(changes)).a).not.toBe((await digests()).a);
  });

  test('counts neither a label of the event nor where a secret comes from', async () => {
    function commit(sha: string) {
      return digests({ labels: { revision: sha }, eventLabels: ['revision'] });
    }
    expect(await commit('1')).toEqual(await commit('2'));
    expect(await digests({ labels: { revision: '1' } })).not.toEqual(await digests({ labels: { revision: '2' } }));

    const fromEnv = await digests({ secrets: [{ id: 'npm', env: 'NPM' }] });

    expect(await digests({ secrets: [{ id: 'npm', file: '/run/npm' }] })).toEqual(fromEnv);
  });

  test.each<readonly [string, Partial<Recipe>, string, string]>([
    ['--no-cache', { noCache: true }, dockerfile, '--no-cache asks for a build'],
    ['--pull', { pull: true }, dockerfile, '--pull asks for a build'],
    ['a download', {}, dockerfile.replace('COPY a', 'ADD https://example.com/x'), 'neither a checksum'],
    ['a missing source', {}, dockerfile.replace('COPY a', 'COPY nowhere'), 'nowhere'],
    ['a base that is not there', {}, dockerfile.replace('scratch AS a', '127.0.0.1:1/x AS a'), 'nothing listens there'],
    [
      'a git context',
      { contexts: { g: 'https://github.com/a/b.git' } },
      dockerfile.replace('COPY a', 'COPY --from=g a'),
      '"g"',
    ],
  ])('never counts %s as unchanged, and says why', async (_name, changes, text, reason) => {
    expect((await digests(changes, text)).a).toContain(reason);
    expect((await digests(changes, text)).a).toMatch(/^unknown: /);
  });

  test('reads a base by digest: a moved tag is a change, another tag of the same image is none', async () => {
    const layout = join(folder, 'base');
    const store = await openLayout(layout, { host, create: true });
    function tagged(words: string) {
      return writePart(store, { platform: 'linux/amd64', words });
    }
    await store.tag('1', (await tagged('one')).manifest);
    const text = dockerfile.replace('scratch AS a', 'base AS a');
    const contexts = { base: `oci-layout://${layout}:1` };
    const before = await digests({ contexts }, text);

    await store.tag('1', (await tagged('two')).manifest);

    const after = await digests({ contexts }, text);
    expect(before.a).toMatch(/^sha256:/);
    expect(after.a).not.toBe(before.a);
    expect(after.b).toBe(before.b);
    await store.tag('1', (await tagged('one')).manifest);
    expect(await digests({ contexts }, text)).toEqual(before);
  });

  test('reads a named context that is a folder', async () => {
    write('shared/x', '1');
    const contexts = { s: join(folder, 'shared') };
    const text = dockerfile.replace('COPY a', 'COPY --from=s x');
    const before = await digests({ contexts }, text);

    write('shared/x', '2');

    expect((await digests({ contexts }, text)).a).not.toBe(before.a);
    expect((await digests({ contexts }, text)).b).toBe(before.b);
  });

  test('follows an image of the same plan, and ends where images are made from one another', async () => {
    function config(inner: string) {
      return `
images:
  outer: {target: a, contexts: {inner: "target:inner"}, platforms: [linux/amd64]}
  inner: {target: b, contexts: ${inner}, platforms: [linux/amd64]}
`;
    }
    const text =
      'FROM scratch AS a\nCOPY --from=inner /one /\nFROM scratch AS b\nCOPY b /\nFROM scratch AS c\nCOPY --from=outer /one /\n';
    const one = await inputsOf(planHere(config('{}'), text));
    write('b/one', '2');
    const two = await inputsOf(planHere(config('{}'), text));
    const circle = await inputsOf(planHere(config('{outer: "target:outer"}').replace('target: b', 'target: c'), text));

    expect(told(one.get('outer/linux/amd64'))).not.toBe(told(two.get('outer/linux/amd64')));
    expect(told(circle.get('outer/linux/amd64'))).toContain('is made from itself');
    expect(told(circle.get('inner/linux/amd64'))).toContain('is made from itself');
  });

  test('counts the epoch of the environment', async () => {
    const before = await digests();
    host = fakeHost({ env: { ...host.env, SOURCE_DATE_EPOCH: '1' }, workingDirectory: folder });

    expect(await digests()).not.toEqual(before);
  });
});
