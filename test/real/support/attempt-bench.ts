import { readFileSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import type { Activity, AttemptRequest, AttemptResult, RunAttempt } from '../../../src/engine/buildkit/attempt.ts';
import { runAttempt } from '../../../src/engine/buildkit/run-attempt.ts';
import { createHost } from '../../../src/host/create-host.ts';
import type { Host } from '../../../src/host/host.ts';
import type { BuilderFacts } from '../../../src/plan/builder-facts.ts';
import type { Cell, Recipe, RouteKind } from '../../../src/plan/cell.ts';
import { builderWith, cellWith, recipeWith } from '../../support/buildkit-cell.ts';
import { findBusybox } from './busybox-image.ts';
import type { Workbench } from './workbench.ts';

/** The beginning of a Dockerfile whose commands have a shell, on any platform that there is a busybox for. */
export const shellStage = [
  'FROM scratch AS shell',
  'ARG TARGETARCH',
  'COPY --chmod=755 busybox-$TARGETARCH /bin/busybox',
  'RUN ["/bin/busybox", "--install", "-s", "/bin"]',
].join('\n');

export interface AttemptOptions extends Partial<Pick<AttemptRequest, 'builder' | 'signal' | 'onActivity'>> {
  /** Default: a folder with the shells of amd64 and arm64. */
  readonly context?: string;
  /** What follows `shellStage`; or the whole, where it begins with FROM. */
  readonly dockerfile: string;
  readonly platform?: string;
  readonly repository?: string;
  readonly route?: RouteKind;
  readonly recipe?: Partial<Recipe>;
  readonly cell?: Partial<Cell>;
  /** Default: `runAttempt`. */
  readonly run?: RunAttempt;
  /** Beside the environment of the workbench. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs attempts on the real engine, each in a run folder of its own. */
export class AttemptBench {
  readonly activities: Activity[] = [];
  readonly #workbench: Workbench;
  #count = 0;

  constructor(workbench: Workbench) {
    this.#workbench = workbench;
  }

  /** Its BuildKit by the remote driver: it pushes by digest. */
  async remote(): Promise<BuilderFacts> {
    return builderWith({ name: await this.#workbench.builder() });
  }

  /** The engine itself by the docker driver. */
  docker(changes: Partial<BuilderFacts> = {}): BuilderFacts {
    return builderWith({ name: 'default', driver: 'docker', ...changes });
  }

  host(env: Readonly<Record<string, string>> = {}): Host {
    return createHost({ env: { ...this.#workbench.env, ...env }, workingDirectory: this.#workbench.folder });
  }

  async context(): Promise<string> {
    const files = { 'busybox-amd64': await findBusybox('amd64'), 'busybox-arm64': await findBusybox('arm64') };
    const context = this.#workbench.files(
      'shells',
      Object.fromEntries(Object.entries(files).map(([name, file]) => [name, readFileSync(file)])),
    );
    for (const name of Object.keys(files)) await chmod(join(context, name), 0o755);
    return context;
  }

  async attempt(options: AttemptOptions): Promise<AttemptResult> {
    const { dockerfile, platform = 'linux/amd64', repository, route = 'native', recipe, env } = options;
    this.#count += 1;
    const name = `attempt-${this.#count}`;
    const text = dockerfile.startsWith('FROM ') ? dockerfile : `${shellStage}\n${dockerfile}\n`;
    const folder = this.#workbench.files(name, { Dockerfile: text });
    const builder = options.builder ?? (await this.remote());
    const cell = cellWith({
      platform,
      builder: builder.name,
      route: { kind: route, reason: 'for a test' },
      ...(repository === undefined ? {} : { repository }),
      ...options.cell,
      recipe: recipeWith({
        context: options.context ?? (await this.context()),
        dockerfile: join(folder, 'Dockerfile'),
        contextIgnore: ['.polyarch'],
        provenance: 'false',
        ...recipe,
      }),
    });
    return (options.run ?? runAttempt)(
      {
        cell,
        placement: { builder: builder.name, route: cell.route },
        builder,
        number: 1,
        signal: options.signal ?? new AbortController().signal,
        onActivity: options.onActivity ?? ((activity) => this.activities.push(activity)),
      },
      {
        host: this.host(env),
        runFolder: join(folder, 'run'),
        cacheDirectory: join(folder, 'cache'),
        openImage: () => Promise.resolve(undefined),
        builders: [builder],
        onResult: () => undefined,
      },
    );
  }
}
