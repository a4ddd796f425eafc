import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { filesBelow, openWorkspace, valueAt, type Workspace } from '../../support/run-program.ts';

/** A server whose file comes half, and the rest when it is asked to. */
interface SlowServer {
  readonly server: Server;
  readonly url: string;
  /** Settles when somebody waits for the second half. */
  readonly asked: Promise<ServerResponse>;
  /** From now on everything is sent at once. */
  readonly hurry: () => void;
}

async function startSlowServer(): Promise<SlowServer> {
  let isSlow = true;
  const { promise: asked, resolve } = deferred<ServerResponse>();
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-length': 10, 'last-modified': 'Wed, 21 Oct 2015 07:28:00 GMT' });
    response.write('first');
    if (isSlow) resolve(response);
    else response.end('second'.slice(0, 5));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { server, url: `http://127.0.0.1:${port}/file`, asked, hurry: () => (isSlow = false) };
}

interface Deferred<Value> {
  readonly promise: Promise<Value>;
  readonly resolve: (value: Value) => void;
}

function deferred<Value>(): Deferred<Value> {
  const settlers: ((value: Value) => void)[] = [];
  const promise = new Promise<Value>((settle) => settlers.push(settle));
  return { promise, resolve: (value) => settlers[0]?.(value) };
}

describe('a build that is interrupted in the middle', () => {
  let workspace: Workspace;
  let slow: SlowServer;
  beforeEach(async () => {
    slow = await startSlowServer();
    workspace = openWorkspace({ a: 'A', Dockerfile: `FROM scratch\nCOPY a /a\nADD ${slow.url} /file\n` });
  });
  afterEach(() => {
    slow.server.closeAllConnections();
    slow.server.close();
    workspace.remove();
  });

  test.each([
    { signal: 'SIGINT', exitCode: 130 },
    { signal: 'SIGTERM', exitCode: 143 },
  ] as const)(
    'by $signal exits with $exitCode, leaves nothing half written, and ends well the next time',
    async ({ signal, exitCode }) => {
      const { child, ended } = workspace.start(['build']);
      await slow.asked;
      child.kill(signal);
      const stopped = await ended;

      expect(stopped).toMatchObject({ exitCode, signal: null, stdout: '' });
      expect(stopped.stderr).toContain(`error: Cannot finish the run: it was interrupted by ${signal}`);
      expect(stopped.stderr).toContain('hint: Run the same command again; finished work is kept');
      expect(workspace.has('.polyarch/app')).toBe(false);
      expect(filesBelow(workspace.temporary)).toEqual([]);
      expect(filesBelow(workspace.cache).filter((path) => /tmp|spool|lease|lock/.test(path))).toEqual([]);

      slow.hurry();
      const { exitCode: again, value } = await workspace.json(['build']);
      expect(again).toBe(0);
      expect(valueAt(value, 'totals', 'steps')).toEqual({ total: 4, cached: 3 });
    },
  );

  test('by kill -9 ends well the next time, and what it left is swept', async () => {
    const { child, ended } = workspace.start(['build']);
    await slow.asked;
    child.kill('SIGKILL');
    expect(await ended).toMatchObject({ exitCode: null, signal: 'SIGKILL' });

    slow.hurry();
    expect(await workspace.run(['build'])).toMatchObject({ exitCode: 0 });
    expect(await workspace.run(['verify', 'oci:.polyarch/app'])).toMatchObject({ exitCode: 0 });
    expect(filesBelow(workspace.temporary)).toEqual([]);
    expect(filesBelow(join(workspace.cache, 'store')).filter((path) => path.includes('.tmp-'))).toEqual([]);
  });

  test('tells the interruption as JSON where JSON was asked for', async () => {
    const { child, ended } = workspace.start(['build', '--json']);
    await slow.asked;
    child.kill('SIGINT');
    const { exitCode, stdout } = await ended;

    expect(exitCode).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'polyarch/error', code: 'INTERRUPTED' });
  });

  test('does not stop another one on the same cache and for the same place', async () => {
    const first = workspace.start(['build', '--quiet']);
    const response = await slow.asked;
    slow.hurry();
    const second = await workspace.run(['build', '--quiet']);
    response.end('secon');
    const ended = await first.ended;

    expect([ended.exitCode, second.exitCode]).toEqual([0, 0]);
    expect(ended.stdout).toBe(second.stdout);
    expect(await workspace.run(['verify', 'oci:.polyarch/app'])).toMatchObject({ exitCode: 0 });
  });
});

describe('two builds at once', () => {
  test('on one cache and for one place both succeed, and the place holds one whole image', async () => {
    const workspace = openWorkspace({
      Dockerfile: 'FROM scratch\nARG TARGETARCH\nCOPY . /all\nLABEL arch=$TARGETARCH\n',
      '.dockerignore': '.polyarch\n',
      ...Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`files/${at}`, `${at}\n`.repeat(5000)])),
    });
    try {
      const builds = await Promise.all([1, 2, 3].map(() => workspace.run(['build', '--quiet'])));

      expect(builds.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
      expect(new Set(builds.map(({ stdout }) => stdout)).size).toBe(1);
      expect(await workspace.run(['verify', 'oci:.polyarch/app'])).toMatchObject({ exitCode: 0 });
      expect(filesBelow(join(workspace.cache, 'store')).filter((path) => path.includes('tmp-'))).toEqual([]);
    } finally {
      workspace.remove();
    }
  });
});
