import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface OwnRegistryOptions {
  readonly program: string;
  readonly folder: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** `polyarch registry serve` in a process of its own, on a port that it keeps when it is started again. */
export class OwnRegistry {
  readonly #options: OwnRegistryOptions;
  #child: ChildProcess;
  /** `http://127.0.0.1:PORT` or with `https` */
  readonly url: string;
  /** `127.0.0.1:PORT` */
  readonly address: string;

  private constructor(options: OwnRegistryOptions, started: Started) {
    this.#options = options;
    this.#child = started.child;
    this.url = started.url;
    this.address = new URL(started.url).host;
  }

  static async start(options: OwnRegistryOptions): Promise<OwnRegistry> {
    return new OwnRegistry(options, await launch(options, '127.0.0.1:0'));
  }

  /** Where the repositories lie, an OCI layout each. */
  get folder(): string {
    return this.#options.folder;
  }

  /** Ends it as a user would, and waits until it has. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /** Ends it as a power cut would. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Starts it again, at the same address. */
  async restart(): Promise<void> {
    this.#child = (await launch(this.#options, this.address)).child;
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const closed = once(this.#child, 'close');
    this.#child.kill(signal);
    await closed;
  }
}

interface Started {
  readonly child: ChildProcess;
  readonly url: string;
}

async function launch({ program, folder, args, env }: OwnRegistryOptions, address: string): Promise<Started> {
  const child = spawn(
    process.execPath,
    [program, 'registry', 'serve', '--json', '--addr', address, '--dir', folder, ...args],
    { env, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let problem = '';
  child.stderr.on('data', (piece: Buffer) => (problem += piece.toString('utf8')));
  const lines = createInterface({ input: child.stdout });
  const [line] = (await Promise.race([once(lines, 'line'), once(child, 'close')])) as unknown[];
  if (typeof line !== 'string') throw new Error(`The registry did not start\n${problem}`);
  const { url } = JSON.parse(line) as { readonly url: string };
  return { child, url };
}
