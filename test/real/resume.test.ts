import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { valueAt } from '../support/run-program.ts';
import { AttemptBench, shellStage } from './support/attempt-bench.ts';
import { pushScanner } from './support/peer-image.ts';
import { useWorkbench } from './support/workbench.ts';

const workbench = useWorkbench();
const bench = new AttemptBench(workbench);

const variants = ['a', 'b', 'c', 'd'];

function dockerfile(comment = ''): string {
  return `${comment}${shellStage}\nARG NAME\nRUN /bin/sleep 2 && echo $NAME > /name\nCOPY files/$NAME /file\n`;
}

function config(repository: string, changed = ''): string {
  const lines = variants.map((name) => `  ${name}: {args: {NAME: ${name}${name === changed ? ', MORE: "1"' : ''}}}`);
  return `image: ${repository}\nplatforms: [linux/amd64]\ntags: ["type=raw,value=v"]\nvariants:\n${lines.join('\n')}\n`;
}

async function openProject(repository: string): Promise<string> {
  const folder = await bench.context();
  for (const name of variants) writeFileSync(workbench.path('shells', 'files', name), name);
  writeFileSync(join(folder, 'Dockerfile'), dockerfile());
  writeFileSync(join(folder, 'polyarch.yaml'), config(repository));
  return folder;
}

/** What became of the four cells, counted. */
async function build(cwd: string, ...flags: readonly string[]) {
  const builder = await workbench.builder();
  const text = await workbench.polyarch(['build', '--builder', builder, '--json', ...flags], { cwd });
  const cells = valueAt(JSON.parse(text), 'cells');
  if (!Array.isArray(cells)) throw new Error('there are no cells');
  const states = cells.map((cell: unknown) => valueAt(cell, 'state'));
  return { reused: states.filter((state) => state === 'reused').length, total: states.length };
}

function keptParts(folder: string): number {
  const runs = join(folder, '.polyarch/runs');
  const names = readdirSync(runs, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => /parts\/[^/]+\.json$/.test(name)).length;
}

describe('a build on a real BuildKit', () => {
  test('goes on where kill -9 ended it, and builds only what is missing or changed', async () => {
    const cwd = await openProject(`${workbench.repositories}/resumed`);
    const builder = await workbench.builder();
    const { child, ended } = workbench.startPolyarch(['build', '--builder', builder, '--json'], { cwd });
    const watch = setInterval(() => {
      // The folder may not be there yet.
      try {
        if (keptParts(cwd) >= 1) child.kill('SIGKILL');
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
      }
    }, 20);
    await ended;
    clearInterval(watch);
    const kept = keptParts(cwd);
    expect(kept).toBeGreaterThanOrEqual(1);

    const resumed = await build(cwd, '--resume');
    const again = await build(cwd);
    writeFileSync(join(cwd, 'Dockerfile'), dockerfile('# a comment\n'));
    const commented = await build(cwd);
    writeFileSync(join(cwd, 'files/b'), 'changed');
    const changed = await build(cwd);
    writeFileSync(join(cwd, 'polyarch.yaml'), config(`${workbench.repositories}/resumed`, 'c'));
    const another = await build(cwd);
    const forced = await build(cwd, '--force');

    expect({ resumed, again, commented, changed, another, forced }).toEqual({
      resumed: { reused: kept, total: 4 },
      again: { reused: 4, total: 4 },
      commented: { reused: 4, total: 4 },
      changed: { reused: 3, total: 4 },
      another: { reused: 3, total: 4 },
      forced: { reused: 0, total: 4 },
    });
  });

  test('is taken over from the registry by a machine that starts from nothing', async () => {
    const repository = `${workbench.repositories}/recorded`;
    const cwd = await openProject(repository);
    expect(await build(cwd, '--push', '--skip-unchanged')).toEqual({ reused: 0, total: 4 });
    const before = await workbench.run('crane', ['digest', `${repository}:v-b`]);
    rmSync(join(cwd, '.polyarch'), { recursive: true });
    rmSync(join(workbench.folder, 'cache'), { recursive: true, force: true });

    expect(await build(cwd, '--push', '--skip-unchanged')).toEqual({ reused: 4, total: 4 });

    expect(await workbench.run('crane', ['digest', `${repository}:v-b`])).toBe(before);
  });
});

describe('a merge beside docker buildx imagetools', () => {
  test('gives the same entries, and imagetools finds provenance and bill of materials of every platform', async () => {
    const repository = `${workbench.repositories}/merged`;
    const builder = await workbench.builder();
    const scanner = await pushScanner(workbench, `${workbench.repositories}/scanner:1`);
    const folder = workbench.files('plain', {
      Dockerfile: 'FROM scratch\nARG TARGETARCH\nCOPY a /$TARGETARCH\n',
      a: 'A',
    });
    const digests: string[] = [];
    for (const platform of ['linux/amd64', 'linux/arm64']) {
      const metadata = join(workbench.folder, 'metadata.json');
      const output = `type=image,name=${repository},push-by-digest=true,name-canonical=true,push=true`;
      const attest = ['--provenance=mode=max', `--sbom=generator=${scanner}`];
      const args = ['--builder', builder, '--platform', platform, ...attest, '--output', output];
      await workbench.run('docker', ['buildx', 'build', ...args, '--metadata-file', metadata, folder]);
      digests.push(String(valueAt(JSON.parse(readFileSync(metadata, 'utf8')), 'containerimage.digest')));
    }
    const sources = digests.map((digest) => `${repository}@${digest}`);

    await workbench.run('docker', ['buildx', 'imagetools', 'create', '-t', `${repository}:theirs`, ...sources]);
    await workbench.polyarch(['merge', ...sources, '-t', `${repository}:ours`]);

    const [ours, theirs] = await Promise.all(
      ['ours', 'theirs'].map(async (tag) =>
        entriesOf(await workbench.run('crane', ['manifest', `${repository}:${tag}`])),
      ),
    );
    expect(ours).toHaveLength(4);
    expect(ours?.map(withoutArtifactType)).toEqual(theirs?.map(withoutArtifactType));
    for (const what of ['Provenance', 'SBOM']) {
      const inspect = ['buildx', 'imagetools', 'inspect', `${repository}:ours`, '--format', `{{json .${what}}}`];
      const found = await workbench.run('docker', inspect);
      expect(Object.keys(JSON.parse(found) as object)).toEqual(['linux/amd64', 'linux/arm64']);
    }
  });
});

function entriesOf(text: string): readonly object[] {
  const entries = valueAt(JSON.parse(text), 'manifests');
  return Array.isArray(entries) ? entries.map((entry: unknown) => Object(entry) as object) : []; // Object() gives one
}

/** Which of the two says what an attestation's manifest is differs from version to version of buildx. */
function withoutArtifactType(entry: object): object {
  return Object.fromEntries(Object.entries(entry).filter(([key]) => key !== 'artifactType'));
}
