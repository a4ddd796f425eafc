import { createHash } from 'node:crypto';
import type { Descriptor } from '../../../src/oci/descriptor.ts';
import type { Cell, Recipe } from '../../../src/plan/cell.ts';
import { noEvent } from '../../../src/plan/event-facts.ts';
import type { CellOutcome, Outcome, Problem } from '../../../src/plan/outcome.ts';
import type { Part } from '../../../src/plan/part.ts';
import type { Plan } from '../../../src/plan/plan.ts';

const recipe: Recipe = {
  context: '/work',
  dockerfile: '/work/Dockerfile',
  args: {},
  contexts: {},
  labels: {},
  annotations: {},
  compression: { type: 'gzip' },
  noCache: false,
  pull: false,
  secrets: [],
  ssh: [],
};

function cell(image: string, platform: string, more: Partial<Cell> = {}): Cell {
  return {
    id: `${image}/${platform}`,
    image,
    variant: '',
    platform,
    optional: false,
    builder: 'embedded',
    route: { kind: 'assembled', reason: 'No stage that the target needs runs a command' },
    limits: { retryCount: 0 },
    recipe,
    ...more,
  };
}

function descriptor(name: string, size: number): Descriptor {
  const digest = `sha256:${createHash('sha256').update(name).digest('hex')}` as const;
  return { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest, size };
}

function part(cell: string, platform: string, more: Partial<Part> = {}): Part {
  const shared = descriptor('shared', 4_000_000);
  const own = descriptor(cell, 6_100_000);
  return {
    cell,
    platform,
    manifest: descriptor(`manifest ${cell}`, 1000),
    config: descriptor(`config ${cell}`, 2000),
    layers: [shared, own].map((layer) => ({
      descriptor: layer,
      diffId: layer.digest,
      cached: false,
      createdBy: 'COPY',
    })),
    sizeBytes: 10_102_000,
    durationMs: 1234,
    steps: { total: 4, cached: 1 },
    engine: 'embedded',
    ...more,
  };
}

const armReason = 'Line 7 runs a command, on the build platform alone';

export const samplePlan: Plan = {
  version: 1,
  runId: 'run-1',
  createdAt: '2026-01-02T03:04:05.000Z',
  root: '/work',
  builders: [],
  event: noEvent,
  engine: { name: 'embedded', reason: 'No stage needs RUN' },
  cells: [
    cell('app', 'linux/amd64'),
    cell('app', 'linux/arm64', { route: { kind: 'cross', reason: armReason } }),
    cell('app', 'linux/arm/v7', { optional: true, route: { kind: 'emulated', reason: 'Line 9 runs a command' } }),
    cell('サービス', 'linux/s390x'),
  ],
  releases: [
    {
      id: 'app',
      image: 'app',
      variant: '',
      cells: ['app/linux/amd64', 'app/linux/arm64', 'app/linux/arm/v7'],
      annotations: {},
      descriptorAnnotations: {},
      allowForeign: [],
      order: {},
      destinations: [
        { kind: 'oci', path: '/work/.polyarch/app', tags: ['latest'] },
        { kind: 'repository', repository: 'ghcr.io/acme/app', tags: ['1.2', 'latest'], required: true },
        { kind: 'repository', repository: 'mirror.example/app', tags: ['1.2'], required: false },
        { kind: 'docker', tags: ['app:latest'] },
      ],
      leftOut: [{ repository: 'docker.io/acme/app', reason: 'env.DOCKERHUB_USERNAME is not set' }],
    },
    {
      id: 'サービス',
      image: 'サービス',
      variant: '',
      cells: ['サービス/linux/s390x'],
      annotations: {},
      descriptorAnnotations: {},
      allowForeign: [],
      order: {},
      destinations: [{ kind: 'oci-archive', path: '/work/out.tar', tags: [], names: {} }],
      leftOut: [],
    },
  ],
};

export const sampleProblem: Problem = {
  code: 'DOCKERFILE_SYNTAX',
  message: 'Cannot parse Dockerfile: "CPOY" is no instruction; did you mean "COPY"',
  hint: 'See https://docs.docker.com/reference/dockerfile/ for the syntax of the instruction',
  frame: '> 3 | CPOY a b\n    | ^^^^',
  where: { file: 'Dockerfile', line: 3, column: 1 },
  exitCode: 2,
};

const built: readonly CellOutcome[] = [
  { cell: 'app/linux/amd64', state: 'built', part: part('app/linux/amd64', 'linux/amd64') },
  {
    cell: 'app/linux/arm64',
    state: 'built',
    part: part('app/linux/arm64', 'linux/arm64', { steps: { total: 4, cached: 4 }, durationMs: 12 }),
  },
];

const app = {
  id: 'app',
  platforms: ['linux/amd64', 'linux/arm64'],
  missing: ['linux/arm/v7'],
  checks: ['platforms-unique', 'platforms-agree', 'architecture-truth'],
};

/** Two of three platforms of one release, the optional one failed. */
export const goodOutcome: Outcome = {
  version: 1,
  runId: 'run-1',
  startedAt: '2026-01-02T03:04:05.000Z',
  durationMs: 83_000,
  state: 'succeeded',
  cells: [
    ...built,
    { cell: 'app/linux/arm/v7', state: 'failed', problem: sampleProblem },
    {
      cell: 'サービス/linux/s390x',
      state: 'built',
      part: part('サービス/linux/s390x', 'linux/s390x', { sizeBytes: 139_000_000, durationMs: 65_000 }),
    },
  ],
  releases: [
    {
      ...app,
      index: descriptor('index', 800),
      findings: [],
      destinations: [
        { name: 'oci:/work/.polyarch/app', kind: 'oci', state: 'written', tags: ['latest'] },
        { name: 'ghcr.io/acme/app', kind: 'repository', state: 'unchanged', tags: ['1.2', 'latest'] },
      ],
    },
    {
      id: 'サービス',
      index: descriptor('index 2', 800),
      platforms: ['linux/s390x'],
      missing: [],
      checks: ['platforms-unique'],
      findings: [],
      destinations: [{ name: 'oci-archive:/work/out.tar', kind: 'oci-archive', state: 'written', tags: [] }],
    },
  ],
  notes: ['docker.io/acme/app is left out: env.DOCKERHUB_USERNAME is not set'],
};

/** A proof found another architecture's program, a push failed, and one cell was not reached. */
export const badOutcome: Outcome = {
  ...goodOutcome,
  durationMs: 900,
  state: 'failed',
  cells: [...built, { cell: 'app/linux/arm/v7', state: 'skipped', reason: 'The engine did not come to it' }],
  releases: [
    {
      ...app,
      findings: [
        {
          rule: 'architecture-truth',
          level: 'error',
          message: 'linux/arm64: /bin/app | [x](y) in layer 2 is for x86-64, expected AArch64 \u001B[31m',
          platform: 'linux/arm64',
          layer: `sha256:${'ab'.repeat(32)}`,
          path: '/bin/app',
          hint: 'Copy the program of the right platform, or allow it with verify.allowForeign',
        },
        { rule: 'platforms-complete', level: 'warning', message: 'linux/arm/v7 is not in the index' },
      ],
      destinations: [
        { name: 'ghcr.io/acme/app', kind: 'repository', state: 'failed', tags: ['1.2'], problem: sampleProblem },
        { name: 'mirror.example/app', kind: 'repository', state: 'skipped', tags: [] },
      ],
    },
  ],
  notes: [],
};
