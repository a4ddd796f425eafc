import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, inject } from 'vitest';
import { peerEnvironment } from '../../../scripts/real-engine.mjs';
import { programFile as program } from '../../support/run-program.ts';
import { OwnRegistry } from './own-registry.ts';

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** How a program ended. */
export interface ProgramEnd {
  /** 128 and more where a signal ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder, an environment and what was started in it; all is gone after the tests of one file. */
export class Workbench {
  readonly folder = mkdtempSync(join(tmpdir(), 'polyarch-real-'));
  /** Docker and its peers are found; credentials and builders are kept in the folder. */
  readonly env: Readonly<Record<string, string>>;
  /** `HOST/NAME` below which the tests have docker-registry for themselves. */
  readonly repositories = `${inject('registryAddress')}/${randomBytes(4).toString('hex')}`;
  readonly #endings: (() => Promise<void>)[] = [];
  #builder: Promise<string> | undefined;

  constructor() {
    const engine = inject('engineEnvironment');
    this.env = {
      ...peerEnvironment(join(this.folder, 'docker-config')),
      DOCKER_HOST: engine['DOCKER_HOST'] ?? '',
      POLYARCH_CACHE_DIR: join(this.folder, 'cache'),
      COSIGN_PASSWORD: '',
      NO_COLOR: '1',
    };
  }

  /** A path below the folder; its parent is made. */
  path(...names: readonly string[]): string {
    const path = join(this.folder, ...names);
    mkdirSync(dirname(path), { recursive: true });
    return path;
  }

  /** Writes files into a new folder. */
  files(name: string, files: Readonly<Record<string, string | Uint8Array>>): string {
    for (const [path, content] of Object.entries(files)) writeFileSync(this.path(name, path), content);
    return join(this.folder, name);
  }

  /** Runs a program that must end well, and gives its standard output. */
  async run(name: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
    const { code, stdout, stderr } = await this.attempt(name, args, options);
    if (code !== 0) throw new Error(`${name} ${args.join(' ')} ended with ${code}\n${stdout}\n${stderr}`);
    return stdout;
  }

  /** Runs a program, however it ends. */
  attempt(name: string, args: readonly string[], options: RunOptions = {}): Promise<ProgramEnd> {
    return this.start(name, args, options).ended;
  }

  /** Starts a program that is to be seen while it runs. */
  start(name: string, args: readonly string[], { cwd, env, input }: RunOptions = {}): StartedProgram {
    const child = spawn(name, args, { cwd: cwd ?? this.folder, env: { ...this.env, ...env } });
    child.stdin.on('error', () => undefined);
    child.stdin.end(input ?? '');
    return { child, ended: endOf(child) };
  }

  /** Runs our program, which must end well. */
  polyarch(args: readonly string[], options: RunOptions = {}): Promise<string> {
    return this.run(process.execPath, [program, ...args], options);
  }

  /** Runs our program, however it ends. */
  attemptPolyarch(args: readonly string[], options: RunOptions = {}): Promise<ProgramEnd> {
    return this.attempt(process.execPath, [program, ...args], options);
  }

  startPolyarch(args: readonly string[], options: RunOptions = {}): StartedProgram {
    return this.start(process.execPath, [program, ...args], options);
  }

  /** Our registry in a process of its own; `args` beside --addr and --dir. */
  async serve(name: string, args: readonly string[] = []): Promise<OwnRegistry> {
    const registry = await OwnRegistry.start({ program, folder: this.path(name), args, env: this.env });
    this.onEnd(() => registry.stop());
    return registry;
  }

  /** The name of a buildx builder that can push by digest, with attestations and for several platforms. */
  builder(): Promise<string> {
    this.#builder ??= this.run('docker', [
      'buildx',
      'create',
      '--name',
      'real',
      '--driver',
      'remote',
      inject('buildkitAddress'),
    ]).then(() => 'real');
    return this.#builder;
  }

  onEnd(end: () => Promise<void>): void {
    this.#endings.push(end);
  }

  async end(): Promise<void> {
    for (const end of this.#endings.reverse()) await end();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export interface StartedProgram {
  readonly child: ChildProcess;
  readonly ended: Promise<ProgramEnd>;
}

/** The workbench of the tests in this file. */
export function useWorkbench(): Workbench {
  const workbench = new Workbench();
  afterAll(() => workbench.end());
  return workbench;
}

function endOf(child: ChildProcess): Promise<ProgramEnd> {
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 128, stdout: stdout(), stderr: stderr() }));
  });
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  const pieces: Buffer[] = [];
  stream?.on('data', (piece: Buffer) => pieces.push(piece));
  return () => Buffer.concat(pieces).toString('utf8');
}
