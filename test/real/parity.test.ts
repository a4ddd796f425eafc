import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { layOutCase, parseCaseFile } from '../support/case-file.ts';
import { unpackImage } from './support/unpacked-image.ts';

const run = promisify(execFile);
const program = join(import.meta.dirname, '../../dist/bin.js');
const corpus = join(import.meta.dirname, '../corpus/parity');
const names = readdirSync(corpus).map((file) => file.replace(/\.txt$/, ''));

/** The embedded engine beside the real BuildKit: the same files, modes, owners and config for every case of the corpus. */
describe('builds equal to those of BuildKit', () => {
  const env = inject('engineEnvironment');
  const work = mkdtempSync(join(tmpdir(), 'polyarch-parity-'));

  beforeAll(async () => {
    await run('docker', ['buildx', 'create', '--name', 'parity', '--driver', 'remote', inject('buildkitAddress')], {
      env,
    });
  });
  afterAll(() => rmSync(work, { recursive: true, force: true }));

  test.each(names)('%s', async (name) => {
    const text = readFileSync(join(corpus, `${name}.txt`), 'utf8');
    const parsed = parseCaseFile(text);
    const context = join(work, name, 'context');
    mkdirSync(context, { recursive: true });
    layOutCase(parsed, context);
    const args = parsed.args.map((argument) => argument.replaceAll('${case}', context));
    const platform = platformOf(args);
    const fixed = args.includes('--platform') ? args : [...args, '--platform', platform];

    const theirs = await attempt(buildTheirs(context, fixed, join(work, name)));
    const ours = await attempt(buildOurs(context, fixed, join(work, name)));

    const expected = /^fails: (.*)$/m.exec(text.split('\n-- ')[0] ?? '')?.[1];
    if (expected !== undefined) {
      expect({ theirs: theirs.ok, ours: ours.ok }).toEqual({ theirs: false, ours: false });
      expect(ours.problem).toMatch(new RegExp(expected, 'i'));
      return;
    }
    expect([theirs, ours]).toEqual([wentWell, wentWell]);
    const [unpackedTheirs, unpackedOurs] = await Promise.all([
      unpackImage(join(work, name, 'theirs'), platform, join(work, name, 'their-root')),
      unpackImage(join(work, name, 'ours'), platform, join(work, name, 'our-root')),
    ]);
    expect(unpackedOurs.tree).toEqual(unpackedTheirs.tree);
    expect(unpackedOurs.config).toEqual(unpackedTheirs.config);
  });

  async function buildTheirs(context: string, args: readonly string[], folder: string): Promise<void> {
    const output = `type=oci,dest=${join(folder, 'theirs')},tar=false`;
    await run(
      'docker',
      [
        'buildx',
        'build',
        '--builder',
        'parity',
        '--provenance=false',
        '--progress=plain',
        '--output',
        output,
        ...args,
        context,
      ],
      { env },
    );
  }

  async function buildOurs(context: string, args: readonly string[], folder: string): Promise<void> {
    const cache = join(work, 'cache');
    const output = ['-o', `oci:${join(folder, 'ours')}`];
    await run(process.execPath, [program, 'build', context, '--progress', 'plain', ...output, ...args], {
      env: { ...process.env, POLYARCH_CACHE_DIR: cache, NO_COLOR: '1' },
    });
  }
});

const wentWell = { ok: true, problem: '' };

function platformOf(args: readonly string[]): string {
  const at = args.indexOf('--platform');
  return at < 0 ? 'linux/amd64' : (args[at + 1] ?? '');
}

async function attempt(work: Promise<void>): Promise<{ readonly ok: boolean; readonly problem: string }> {
  try {
    await work;
    return wentWell;
  } catch (problem) {
    const { stderr, message } = problem as { readonly stderr?: string; readonly message: string };
    return { ok: false, problem: stderr === undefined || stderr === '' ? message : stderr };
  }
}
