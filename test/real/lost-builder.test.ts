import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { createBuildkitEngine } from '../../src/engine/buildkit/engine.ts';
import type { CellResult } from '../../src/engine/engine.ts';
import type { Placement } from '../../src/plan/cell.ts';
import { gatherGraph } from '../../src/store/content-graph.ts';
import { builderWith, cellWith, recipeWith } from '../support/buildkit-cell.ts';
import { AttemptBench, shellStage } from './support/attempt-bench.ts';
import { useWorkbench } from './support/workbench.ts';

/** The way to a real BuildKit, which can be cut at any moment. */
class Relay {
  readonly #server: Server = createServer((socket) => this.#join(socket));
  readonly #sockets = new Set<Socket>();

  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('The relay has no port');
    return `tcp://127.0.0.1:${address.port}`;
  }

  async cut(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  #join(socket: Socket): void {
    const { hostname, port } = new URL(inject('buildkitAddress').replace('tcp:', 'http:'));
    const target = connect(Number(port), hostname);
    for (const [one, other] of [
      [socket, target],
      [target, socket],
    ] as const) {
      this.#sockets.add(one);
      one.on('error', () => undefined).on('close', () => other.destroy());
      one.pipe(other);
    }
  }
}

describe('a builder that is lost in the middle of a build', () => {
  const workbench = useWorkbench();
  const bench = new AttemptBench(workbench);
  let count = 0;

  /** Two cells: a short one, and one in the middle of which the way to its builder is cut. */
  async function build(alternatives: readonly Placement[]) {
    count += 1;
    const name = `relayed${count}`;
    const relay = new Relay();
    workbench.onEnd(() => relay.cut());
    await workbench.run('docker', ['buildx', 'create', '--name', name, '--driver', 'remote', await relay.start()]);
    const context = await bench.context();
    const cells = ['echo short', 'for n in 1 2 3 4 5 6 7 8; do echo begun; sleep 1; done'].map((command, n) => {
      const dockerfile = join(
        workbench.files(`${name}-${n}`, { Dockerfile: `${shellStage}\nRUN ${command}\n` }),
        'Dockerfile',
      );
      return cellWith({
        id: n === 0 ? 'short' : 'long',
        builder: name,
        alternatives: n === 0 ? [] : alternatives,
        limits: { retryCount: 1 },
        recipe: recipeWith({ context, dockerfile, noCache: true, provenance: 'false' }),
      });
    });
    const results: CellResult[] = [];
    const host = bench.host();
    const { store } = await createBuildkitEngine().build(cells, {
      host: {
        ...host,
        emit: (event) => {
          if (event.kind === 'log' && event.text.includes('begun') && results.length > 0) void relay.cut();
        },
      },
      cacheDirectory: join(workbench.folder, 'cache'),
      openImage: () => Promise.resolve(undefined),
      builders: [builderWith({ name, slots: 2 }), builderWith({ name: await workbench.builder() })],
      runFolder: join(workbench.folder, 'runs', name),
      onResult: (result) => results.push(result),
    });
    return { results, store };
  }

  test('leaves the cell to another that qualifies', async () => {
    const route = { kind: 'native', reason: 'for a test' } as const;

    const { results, store } = await build([{ builder: await workbench.builder(), route }]);

    expect(results).toMatchObject([
      { kind: 'built', part: { cell: 'short' } },
      { kind: 'built', part: { cell: 'long', engine: 'real' }, attempts: [{ problem: { code: 'BUILDER_LOST' } }] },
    ]);
    for (const result of results) if (result.kind === 'built') await gatherGraph(store, result.part.manifest);
  });

  test('fails the cell where none does, says which was lost, and keeps the part that is finished', async () => {
    const { results, store } = await build([]);

    expect(results).toMatchObject([
      { kind: 'built', part: { cell: 'short' } },
      {
        kind: 'failed',
        cell: 'long',
        fault: {
          code: 'BUILDERS_LOST',
          message: 'Cannot build "long": "relayed2" is lost, and no other builder qualifies',
        },
        command: expect.stringContaining('--builder relayed2') as unknown,
      },
    ]);
    const [kept] = results;
    if (kept?.kind === 'built') await gatherGraph(store, kept.part.manifest);
  });
});
