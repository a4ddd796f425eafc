import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  AttemptRequest,
  AttemptResult,
  FailureKind,
  RunAttempt,
} from '../../../../src/engine/buildkit/attempt.ts';
import { type BuildkitEngineTools, createBuildkitEngine } from '../../../../src/engine/buildkit/engine.ts';
import { formatPlace } from '../../../../src/engine/buildkit/loop/place.ts';
import type { BuildOptions, CellResult } from '../../../../src/engine/engine.ts';
import { Fault } from '../../../../src/errors/fault.ts';
import type { BuilderFacts } from '../../../../src/plan/builder-facts.ts';
import type { Cell } from '../../../../src/plan/cell.ts';
import type { Part } from '../../../../src/plan/part.ts';
import type { ImageStore } from '../../../../src/store/content-store.ts';
import { openLayout } from '../../../../src/store/layout-store.ts';
import { type FakeHost, fakeHost } from '../../../support/fake-host.ts';

/** What a builder in memory does in one attempt. */
export type Fate = 'builds' | 'hangs' | { readonly fails: FailureKind } | { readonly tells: readonly string[] };

export interface Begun {
  readonly cell: string;
  readonly place: string;
  readonly route: string;
  readonly number: number;
  /** On the host's clock. */
  readonly atMs: number;
}

/**
 * Builders in memory: each attempt takes a second of the host's clock, and has the fate it is given. The parts lie in the run's
 * layout before it begins, since that clock leaps while a disk is written.
 */
export class FakeBuilders {
  readonly folder = mkdtempSync(join(tmpdir(), 'polyarch-loop-'));
  readonly host: FakeHost = fakeHost();
  readonly begun: Begun[] = [];
  readonly results: CellResult[] = [];
  readonly #parts = new Map<string, Part>();
  readonly #fateOf: (begun: Begun) => Fate;

  constructor(fateOf: (begun: Begun) => Fate = () => 'builds') {
    this.#fateOf = fateOf;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  async build(
    cells: readonly Cell[],
    builders: readonly BuilderFacts[],
    tools: BuildkitEngineTools = {},
  ): Promise<{ readonly store: ImageStore }> {
    for (const cell of cells) this.#parts.set(cell.id, await this.#write(cell));
    const runAttempt: RunAttempt = (request) => this.#run(request);
    const all = { runAttempt, ensureBuilder: () => Promise.resolve(), probe: () => Promise.resolve(false), ...tools };
    return createBuildkitEngine(all).build(cells, this.options(builders));
  }

  options(builders: readonly BuilderFacts[]): BuildOptions {
    return {
      host: this.host,
      cacheDirectory: join(this.folder, 'cache'),
      openImage: () => Promise.resolve(undefined),
      builders,
      runFolder: this.folder,
      onResult: (result) => this.results.push(result),
    };
  }

  /** `cell@place`, in the order of the starts. */
  get order(): readonly string[] {
    return this.begun.map(({ cell, place }) => `${cell}@${place}`);
  }

  get notes(): readonly string[] {
    return this.host.events.flatMap((event) => (event.kind === 'note' ? [event.text] : []));
  }

  /** The most tasks that were shown at once. */
  get mostShown(): number {
    let shown = 0;
    let most = 0;
    for (const { kind } of this.host.events) {
      if (kind === 'task-started') shown += 1;
      if (kind === 'task-ended') shown -= 1;
      most = Math.max(most, shown);
    }
    return most;
  }

  /** Titles of all tasks that were begun. */
  get titles(): readonly string[] {
    return this.host.events.flatMap((event) => (event.kind === 'task-started' ? [event.title] : []));
  }

  async #run({ cell, placement, number, signal, onActivity }: AttemptRequest): Promise<AttemptResult> {
    const { clock } = this.host;
    const place = formatPlace(placement);
    const begun = { cell: cell.id, place, route: placement.route.kind, number, atMs: clock.monotonicMs() };
    this.begun.push(begun);
    const fate = this.#fateOf(begun);
    if (typeof fate === 'object' && 'tells' in fate) for (const text of fate.tells) onActivity({ kind: 'log', text });
    await clock.sleep(typeof fate === 'object' && 'fails' in fate ? 500 : fate === 'builds' ? 1000 : 1e9, signal);
    const part = this.#parts.get(cell.id);
    if (fate === 'builds' && part !== undefined) return { kind: 'built', part: { ...part, engine: place } };
    return {
      kind: 'failed',
      failure: typeof fate === 'object' && 'fails' in fate ? fate.fails : 'permanent',
      fault: new Fault('PROCESS_FAILED', `Cannot build "${cell.id}" on "${place}": it was to fail`),
      logTail: ['last line'],
      command: `docker buildx build --builder ${placement.builder} /project`,
    };
  }

  async #write(cell: Cell): Promise<Part> {
    const path = join(this.folder, 'content');
    const store = await openLayout(path, { host: this.host, create: true });
    const written = await store.write(bytesOf(cell.id));
    const descriptor = { mediaType: 'application/vnd.oci.image.manifest.v1+json', ...written };
    return {
      cell: cell.id,
      platform: cell.platform,
      manifest: descriptor,
      config: descriptor,
      layers: [],
      sizeBytes: written.size,
      durationMs: 1000,
      steps: { total: 1, cached: 0 },
      engine: '',
      location: `oci:${path}`,
    };
  }
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array, void, undefined> {
  await Promise.resolve();
  yield new TextEncoder().encode(text);
}
