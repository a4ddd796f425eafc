import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** The built program; the gate builds it before the tests. Another one may be tested instead, such as an installed package. */
export const programFile = process.env['POLYARCH_TEST_PROGRAM'] ?? join(import.meta.dirname, '../../dist/bin.js');

/** What became of one run of the program. */
export interface ProgramRun {
  /** Null where a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Beside the few variables that every run gets. */
  readonly env?: Readonly<Record<string, string>>;
  /** A shell command that runs the program as `"$@"`, for pipes and limits. */
  readonly shell?: string;
}

export interface RunningProgram {
  readonly child: ChildProcess;
  /** Settles when it has ended and all it wrote was read. */
  readonly ended: Promise<ProgramRun>;
}

/** A place to run the program in: a project folder, with a build cache, temporary folder and home of its own. */
export interface Workspace {
  /** The current folder of every run; absolute. */
  readonly folder: string;
  readonly cache: string;
  readonly temporary: string;
  /** Writes a file below the project folder, with the folders that it needs. */
  write(path: string, content: string | Uint8Array): void;
  read(path: string): string;
  has(path: string): boolean;
  run(args: readonly string[], options?: RunOptions): Promise<ProgramRun>;
  start(args: readonly string[], options?: RunOptions): RunningProgram;
  /** Runs it with `--json` and gives what it printed; throws where it prints no JSON. */
  json(
    args: readonly string[],
    options?: RunOptions,
  ): Promise<{ readonly exitCode: number | null; readonly value: unknown }>;
  remove(): void;
}

/** Opens an empty workspace, or one with the files that are given. */
export function openWorkspace(files: Readonly<Record<string, string | Uint8Array>> = {}): Workspace {
  if (!existsSync(programFile)) throw new Error(`${programFile} is not built: run \`npm run build\` first`);
  const root = mkdtempSync(join(tmpdir(), 'polyarch-cli-'));
  const folder = join(root, 'app');
  const cache = join(root, 'cache');
  const temporary = join(root, 'tmp');
  const home = join(root, 'home');
  for (const path of [folder, temporary, home]) mkdirSync(path);
  const base = { PATH: process.env['PATH'], HOME: home, TMPDIR: temporary, POLYARCH_CACHE_DIR: cache, NO_COLOR: '1' };

  function write(path: string, content: string | Uint8Array): void {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }

  function start(args: readonly string[], { env = {}, shell }: RunOptions = {}): RunningProgram {
    const words = [process.execPath, programFile, ...args];
    const [command = '', ...rest] = shell === undefined ? words : ['sh', '-c', shell, 'sh', ...words];
    const child = spawn(command, rest, { cwd: folder, env: { ...base, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    return { child, ended: endOf(child) };
  }

  function run(args: readonly string[], options?: RunOptions): Promise<ProgramRun> {
    return start(args, options).ended;
  }

  for (const [path, content] of Object.entries(files)) write(path, content);
  return {
    folder,
    cache,
    temporary,
    write,
    read: (path) => readFileSync(join(folder, path), 'utf8'),
    has: (path) => existsSync(join(folder, path)),
    start,
    run,
    json: async (args, options) => {
      const { exitCode, stdout, stderr } = await run([...args, '--json'], options);
      if (stdout === '') throw new Error(`it printed no JSON: ${stderr}`);
      const value: unknown = JSON.parse(stdout);
      return { exitCode, value };
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** What lies in parsed JSON at a path such as `releases`, 0, `digest`; undefined where there is nothing. */
export function valueAt(value: unknown, ...path: readonly (string | number)[]): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (typeof value !== 'object' || value === null) return undefined;
  return valueAt(Object.entries(value).find(([name]) => name === String(key))?.[1], ...rest);
}

/** Files below a folder, by path from it, sorted; empty where there is no such folder. */
export function filesBelow(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

function endOf(child: ChildProcess): Promise<ProgramRun> {
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => (texts[name] += text));
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode, signal) => resolve({ exitCode, signal, ...texts }));
  });
}
