import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Activity, AttemptRequest, AttemptResult } from '../../../../src/engine/buildkit/attempt.ts';
import { runAttempt } from '../../../../src/engine/buildkit/run-attempt.ts';
import { Fault } from '../../../../src/errors/fault.ts';
import { createHost } from '../../../../src/host/create-host.ts';
import type { RunEvent } from '../../../../src/host/event.ts';
import type { Cell, Recipe } from '../../../../src/plan/cell.ts';
import { parseLocation } from '../../../../src/store/location.ts';
import { openLocation } from '../../../../src/store/open-location.ts';
import { builderWith, cellWith, recipeWith } from '../../../support/buildkit-cell.ts';
import { exportImage } from '../../../support/exported-image.ts';
import { type ScriptedDocker, scriptDocker } from '../../../support/scripted-docker.ts';
import { SmallRegistry } from '../../../support/small-registry.ts';

const started = '2026-01-01T00:00:00Z';
const completed = '2026-01-01T00:00:01Z';
const make = { digest: 'd', name: '[2/2] RUN make', started };
const image = exportImage();
const docker = builderWith({ driver: 'docker' });

describe('runAttempt', () => {
  let stage: ScriptedDocker;
  let root: string;
  let run: Run;

  beforeAll(() => {
    stage = scriptDocker();
  });
  afterAll(() => stage.remove());
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'polyarch-attempt-'));
    mkdirSync(join(root, 'src'));
    mkdirSync(join(root, 'tmp'));
    writeFileSync(join(root, 'src/Dockerfile'), 'FROM scratch\nRUN make\n');
    run = openRun({ root, env: { PATH: stage.path, TMPDIR: join(root, 'tmp') } });
    return () => rmSync(root, { recursive: true, force: true });
  });

  test('takes what a builder that cannot push gives back into the layout of the run', async () => {
    const says = [
      { vertexes: [make] },
      { logs: [{ vertex: 'd', stream: 1, data: Buffer.from('made\n').toString('base64') }] },
      { vertexes: [{ ...make, completed }] },
    ];
    stage.play({ says, metadata: image.metadata, layout: image.files });

    const part = builtPart(await run.attempt({ builder: docker }));

    expect(part).toMatchObject({
      cell: 'app/linux/amd64',
      platform: 'linux/amd64',
      manifest: image.manifest.descriptor,
      config: image.config.descriptor,
      layers: [{ descriptor: image.layer.descriptor, cached: false, createdBy: 'RUN make # buildkit' }],
      sizeBytes: image.config.descriptor.size + image.layer.descriptor.size,
      steps: { total: 1, cached: 0 },
      engine: 'farm',
      location: `oci:${join(root, 'run/content')}`,
      attestations: [{ digest: image.attestation.descriptor.digest, platform: { os: 'unknown' } }],
    });
    const store = await openLocation(parseLocation(part.location ?? ''), { host: run.host, mode: 'read' });
    for (const { descriptor } of [image.layer, image.manifest, image.attestation])
      expect(await store.has(descriptor)).toBe(true);
    expect(run.activities).toContainEqual({ kind: 'log', text: 'made' });
    expect(run.events).toContainEqual(
      expect.objectContaining({ kind: 'task-started', title: '[2/2] RUN make', parent: 'app/linux/amd64' }),
    );
    expect(run.events[0]).toMatchObject({
      kind: 'task-started',
      id: 'app/linux/amd64',
      title: 'app/linux/amd64 on "farm"',
    });
    expect(run.events.at(-1)).toMatchObject({ kind: 'task-ended', id: 'app/linux/amd64', outcome: 'done' });
    expect(readFileSync(join(root, 'run/logs/app-linux-amd64.log'), 'utf8')).toContain('#1 made\n#1 DONE\n');
    expect(readdirSync(join(root, 'run')).sort()).toEqual(['content', 'logs']);
    expect(readdirSync(join(root, 'tmp'))).toEqual([]);
  });

  test('pushes it from here where the cell has a repository', async () => {
    const registry = await SmallRegistry.start();
    const repository = `${registry.host}/acme/app`;
    stage.play({ metadata: image.metadata, layout: image.files });
    try {
      const part = builtPart(await run.attempt({ builder: docker, cell: { repository } }));

      expect(part.location).toBe(repository);
      const { manifests } = registry.repositories.get('acme/app') ?? {};
      expect([...(manifests?.keys() ?? [])].sort()).toEqual(
        [image.index, image.manifest, image.attestation].map(({ descriptor }) => descriptor.digest).sort(),
      );
      expect(registry.repositories.get('acme/app')?.tags.size).toBe(0);
      expect(existsSync(join(root, 'run/content'))).toBe(false);
    } finally {
      await registry.stop();
    }
  });

  test('leaves out of the context what polyarch writes, after the patterns of the user', async () => {
    writeFileSync(join(root, 'src/.dockerignore'), '*.log\n!keep.log');
    stage.play({ metadata: image.metadata, layout: image.files });

    await run.attempt({ builder: docker, recipe: { contextIgnore: ['.polyarch'] } });

    const [call] = stage.calls();
    expect(call?.ignore).toBe('*.log\n!keep.log\n.polyarch\n');
    expect(call?.dockerfile).toBe('FROM scratch\nRUN make\n');
    expect(readdirSync(join(root, 'src')).sort()).toEqual(['.dockerignore', 'Dockerfile']);
  });

  test('gives the ignore file of the Dockerfile the right of way, and the Dockerfile itself where nothing is added', async () => {
    writeFileSync(join(root, 'src/.dockerignore'), 'general');
    writeFileSync(join(root, 'src/Dockerfile.dockerignore'), 'own');
    stage.play({ metadata: image.metadata, layout: image.files });

    await run.attempt({ builder: docker, recipe: { contextIgnore: ['.polyarch'] } });
    await run.attempt({ builder: docker });

    const [added, plain] = stage.calls();
    expect(added?.ignore).toBe('own\n.polyarch\n');
    expect(plain?.args).toContain(join(root, 'src/Dockerfile'));
  });

  test('never puts the value of a secret on the command line or into a log', async () => {
    const says = [
      'NPM=sesame-open',
      { vertexes: [make] },
      { logs: [{ vertex: 'd', data: Buffer.from('got sesame-open').toString('base64') }] },
    ];
    stage.play({ says, metadata: image.metadata, layout: image.files });
    writeFileSync(join(root, 'key'), 'file-secret\n');
    run = openRun({ root, env: { PATH: stage.path, TMPDIR: join(root, 'tmp'), NPM: 'sesame-open' } });

    await run.attempt({
      builder: docker,
      recipe: {
        secrets: [
          { id: 'npm', env: 'NPM' },
          { id: 'key', file: join(root, 'key') },
        ],
        args: { API_TOKEN: 'token-value' },
      },
    });

    const [call] = stage.calls();
    expect(call?.args.join(' ')).not.toMatch(/sesame-open|file-secret|token-value/);
    expect(call?.env['API_TOKEN']).toBe('token-value');
    const log = readFileSync(join(root, 'run/logs/app-linux-amd64.log'), 'utf8');
    expect(log).toContain('got ***');
    expect(log).not.toContain('sesame-open');
  });

  test.each<[string, Partial<Recipe>]>([
    ['variable', { secrets: [{ id: 'npm', env: 'NOT_SET' }] }],
    ['file', { secrets: [{ id: 'npm', file: '/nowhere/key' }] }],
    ['ssh agent', { ssh: ['default'] }],
  ])('refuses a missing %s before anything is run', async (_, recipe) => {
    stage.play({ metadata: image.metadata, layout: image.files });

    expect(failureOf(await run.attempt({ builder: docker, recipe }))).toEqual(['permanent', 'SECRET_MISSING']);
    expect(stage.calls()).toEqual([]);
  });

  test('refuses an image of another build that is not there yet, a context without a layout, and a missing Dockerfile', async () => {
    const base = await run.attempt({ builder: docker, recipe: { contexts: { base: 'target:base' } } });
    const layout = await run.attempt({ builder: docker, recipe: { contexts: { base: `oci-layout://${root}` } } });
    const file = await run.attempt({ builder: docker, recipe: { dockerfile: join(root, 'none') } });

    expect([base, layout, file].map((result) => failureOf(result)[1])).toEqual([
      'CONTEXT_UNKNOWN',
      'LAYOUT_MISSING',
      'DOCKERFILE_MISSING',
    ]);
  });

  test('builds once more without its cache where the driver cannot write one', async () => {
    const cache = { from: [], to: ['type=registry,ref=r/c'] };
    const refusal = 'ERROR: failed to build: Cache export is not supported for the docker driver.';
    stage.play({ says: [refusal], exit: 1 }, { metadata: image.metadata, layout: image.files });

    const result = await run.attempt({ builder: docker, cell: { cache } });

    expect(result.kind).toBe('built');
    expect(stage.calls().map(({ args }) => args.includes('--cache-to'))).toEqual([true, false]);
    expect(run.events).toContainEqual(
      expect.objectContaining({
        kind: 'note',
        level: 'warning',
        text: expect.stringContaining('The cache of app/linux/amd64 is not kept'),
      }),
    );
  });

  test('builds once more without what the builder takes for done and has lost', async () => {
    const lost =
      'ERROR: failed to solve: failed to stat active key during commit: snapshot b0rm does not exist: not found';
    stage.play({ says: [lost], exit: 1 }, { metadata: image.metadata, layout: image.files });

    const result = await run.attempt({ builder: docker });

    expect(result.kind).toBe('built');
    expect(stage.calls().map(({ args }) => args.includes('--no-cache'))).toEqual([false, true]);
  });

  test('tells of a cache that could not be kept beside a good build', async () => {
    const step = { digest: 'c', name: 'exporting cache to registry', started, completed, error: 'connection refused' };
    stage.play({ says: [{ vertexes: [step] }], metadata: image.metadata, layout: image.files });

    const result = await run.attempt({ builder: docker });

    expect(result.kind).toBe('built');
    expect(run.events).toContainEqual(
      expect.objectContaining({ text: expect.stringContaining('is not kept: connection refused') }),
    );
  });

  test('reports a failed command with its output, the log and what to type', async () => {
    const error = 'process "/bin/sh -c make" did not complete successfully: exit code: 2';
    const says = [
      { vertexes: [make] },
      { logs: [{ vertex: 'd', stream: 2, data: Buffer.from('no rule').toString('base64') }] },
      { vertexes: [{ ...make, completed, error }] },
      `ERROR: failed to build: failed to solve: ${error}`,
    ];
    stage.play({ says, exit: 1 });

    const result = await run.attempt({});

    expect(failureOf(result)).toEqual(['permanent', 'BUILD_STEP_FAILED']);
    if (result.kind !== 'failed') return;
    expect(result.fault.frame).toContain('no rule');
    expect(result.logTail).toContain('#1 no rule');
    expect(result.command).toMatch(/^docker buildx build --builder farm /);
  });

  test('goes by the exit code, whatever was written', async () => {
    stage.play({
      says: ['ERROR: this is no error', '{"vertexes":', '}{', 'x'.repeat(3_000_000)],
      metadata: image.metadata,
      layout: image.files,
    });

    expect((await run.attempt({ builder: docker })).kind).toBe('built');
  });

  test.each([
    ['metadata are missing', { layout: image.files }, 'BUILD_RESULT_WRONG'],
    ['metadata are none', { metadata: [], layout: image.files }, 'DOCUMENT_MALFORMED'],
    ['the image is for another platform', exportedAs({ architecture: 'arm64' }), 'BUILD_RESULT_WRONG'],
    ['layers and config do not fit', exportedAs({ diffIdCount: 2 }), 'BUILD_RESULT_WRONG'],
    ['content is cut off', { metadata: image.metadata, layout: { ...image.files, ...cutOff() } }, 'SIZE_MISMATCH'],
  ])('takes nothing where %s', async (_, scene, code) => {
    stage.play(scene);

    expect(failureOf(await run.attempt({ builder: docker }))[1]).toBe(code);
    expect(existsSync(join(root, 'run/incoming'))).toBe(false);
  });

  test('takes nothing from a node that emulates what was to be native', async () => {
    const [node] = docker.nodes;
    if (node === undefined) throw new Error('a builder has a node');
    const nodes = [node, { ...node, name: 'other', native: ['linux/arm64'], emulated: ['linux/amd64'] }];
    stage.play(exportedAs({ ref: 'farm/other/x' }), exportedAs({ ref: 'farm/farm0/x' }));
    const request = { builder: builderWith({ driver: 'docker', nodes }), node: 'farm0' };

    expect(failureOf(await run.attempt(request))).toEqual(['permanent', 'BUILDER_NODE_WRONG']);
    expect((await run.attempt(request)).kind).toBe('built');
  });

  test('says that docker is missing', async () => {
    run = openRun({ root, env: { PATH: join(root, 'tmp'), TMPDIR: join(root, 'tmp') } });

    expect(failureOf(await run.attempt({}))).toEqual(['permanent', 'DOCKER_MISSING']);
  });

  test('says that docker was killed by somebody else', async () => {
    stage.play({ says: [{ vertexes: [make] }], hangs: true });

    const result = await run.attempt({ onActivity: () => endAll(stage) });

    expect(failureOf(result)).toEqual(['permanent', 'BUILD_FAILED']);
    expect(result.kind === 'failed' && result.fault.message).toContain('docker was ended by SIGKILL');
  });

  test('ends with all that it started when its signal is aborted', async () => {
    stage.play({ says: [{ vertexes: [make] }], hangs: true });
    const end = new AbortController();
    const limit = new Fault('PROCESS_TIMED_OUT', 'Cannot build: it took too long');

    const result = await run.attempt({ signal: end.signal, onActivity: () => end.abort(limit) });

    expect(failureOf(result)).toEqual(['transient', 'PROCESS_TIMED_OUT']);
    expect(stage.calls()[0]?.processes.filter(isRunning)).toEqual([]);
    expect(readdirSync(join(root, 'tmp'))).toEqual([]);
  });

  test('throws where the run is interrupted', async () => {
    stage.play({ says: [{ vertexes: [make] }], hangs: true });

    const attempt = run.attempt({ onActivity: () => run.interrupt() });

    await expect(attempt).rejects.toMatchObject({ code: 'INTERRUPTED' });
    expect(stage.calls()[0]?.processes.filter(isRunning)).toEqual([]);
  });
});

interface Request extends Partial<Pick<AttemptRequest, 'builder' | 'signal' | 'onActivity'>> {
  readonly cell?: Partial<Cell>;
  readonly recipe?: Partial<Recipe>;
  readonly node?: string;
}

type Run = ReturnType<typeof openRun>;

function openRun({ root, env }: { readonly root: string; readonly env: Readonly<Record<string, string>> }) {
  const events: RunEvent[] = [];
  const activities: Activity[] = [];
  const interrupt = new AbortController();
  const host = createHost({
    env,
    workingDirectory: root,
    signal: interrupt.signal,
    emit: (event) => events.push(event),
  });
  function attempt({ cell: changes, recipe, node, builder = builderWith(), ...rest }: Request): Promise<AttemptResult> {
    const cell = cellWith({
      ...changes,
      recipe: recipeWith({ context: join(root, 'src'), dockerfile: join(root, 'src/Dockerfile'), ...recipe }),
    });
    const placement = { builder: 'farm', route: cell.route, ...(node === undefined ? {} : { node }) };
    return runAttempt(
      {
        cell,
        placement,
        builder,
        number: 1,
        signal: new AbortController().signal,
        onActivity: (activity) => activities.push(activity),
        ...rest,
      },
      {
        host,
        runFolder: join(root, 'run'),
        cacheDirectory: join(root, 'cache'),
        openImage: () => Promise.resolve(undefined),
        builders: [builder],
        onResult: () => undefined,
      },
    );
  }
  return {
    host,
    events,
    activities,
    attempt,
    interrupt: () => interrupt.abort(new Fault('INTERRUPTED', 'Cannot finish the run: it was interrupted')),
  };
}

function exportedAs(options: Parameters<typeof exportImage>[0]) {
  const { metadata, files } = exportImage(options);
  return { metadata, layout: files };
}

function cutOff(): Readonly<Record<string, string>> {
  const path = `blobs/sha256/${image.layer.descriptor.digest.slice('sha256:'.length)}`;
  return { [path]: Buffer.from('cut').toString('base64') };
}

function builtPart(result: AttemptResult) {
  if (result.kind === 'failed') throw result.fault;
  return result.part;
}

function failureOf(result: AttemptResult): readonly string[] {
  return result.kind === 'failed' ? [result.failure, result.fault.code] : ['built'];
}

function endAll(stage: ScriptedDocker): void {
  for (const pid of stage
    .calls()
    .flatMap(({ processes }) => processes)
    .filter(isRunning))
    process.kill(pid, 'SIGKILL');
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return !/^\d+ \(.*\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
}
