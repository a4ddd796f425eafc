import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openWorkspace, programFile } from '../support/run-program.ts';

const hideCursor = '\u001B[?25l';
const showCursor = '\u001B[?25h';

interface Session {
  readonly child: ChildProcess;
  /** What the terminal has shown so far. */
  readonly shown: () => string;
  readonly ended: Promise<number | null>;
}

/** Starts the program in a terminal of its own, which `script` makes. */
function startInTerminal(
  args: string,
  { folder, columns }: { readonly folder: string; readonly columns: number },
): Session {
  const command = `stty cols ${columns} rows 24; exec node ${programFile} ${args}`;
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    TERM: 'xterm-256color',
    POLYARCH_CACHE_DIR: join(folder, 'cache'),
  };
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    cwd: folder,
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { child, shown: () => text, ended };
}

describe('in a terminal', () => {
  test('Ctrl-C in the middle of a build takes the progress away and gives the cursor back', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-length': 10 });
      response.write('half');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/file`;
    const workspace = openWorkspace({ Dockerfile: `FROM scratch\nADD ${url} /file\n` });
    try {
      const { child, shown, ended } = startInTerminal('build', { folder: workspace.folder, columns: 60 });
      while (!shown().includes(hideCursor)) await once(child.stdout ?? child, 'data');
      child.stdin?.write('\u0003');

      expect(await ended).toBe(130);
      expect(shown().split(hideCursor)).toHaveLength(2);
      expect(shown().lastIndexOf(showCursor)).toBeGreaterThan(shown().lastIndexOf(hideCursor));
      expect(shown()).toMatch(/it was interrupted by SIGINT/);
      expect(workspace.has('.polyarch/app')).toBe(false);
    } finally {
      server.closeAllConnections();
      server.close();
      workspace.remove();
    }
  });

  test.each([40, 60, 100])('no line of the table is wider than its %i columns', async (columns) => {
    const workspace = openWorkspace({ Dockerfile: 'FROM scratch\nCOPY a /a\n', a: 'A' });
    try {
      const { shown, ended } = startInTerminal('build', { folder: workspace.folder, columns });

      expect(await ended).toBe(0);
      const plain = shown().replaceAll(/\u001B\[[?\d;]*[a-zA-Z]/g, '');
      const table = plain.split(/\r\n?/).filter((line) => /^(?:PLATFORM|linux\/)/.test(line));
      expect(table).toHaveLength(3);
      for (const line of table) expect(line.length).toBeLessThanOrEqual(columns);
      expect(shown()).toContain('\u001B[32m');
    } finally {
      workspace.remove();
    }
  });
});
