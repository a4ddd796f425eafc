import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** How a script ended. */
export interface ShellEnd {
  readonly code: number;
  readonly log: string;
}

export interface ShellOptions {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Runs a script as the services do: it ends at the first line that fails. */
export function runShell(script: string, { folder, env }: ShellOptions): Promise<ShellEnd> {
  const child = spawn('bash', ['-e', '-c', script], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (log += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, log }));
  });
}

/** Programs that stand in for what a runner would fetch, in a folder that is to come first in PATH. */
export interface StandIns {
  /** What `npx --yes` is to be asked for: `polyarch@1.2.3`. */
  readonly package: string;
  /** The command that then runs, quoted for a shell. */
  readonly program: string;
  /** Those that are written. */
  readonly names: readonly ('npx' | 'apk' | 'docker')[];
}

/**
 * Writes the stand-ins: `npx` runs our program and refuses any other, `apk` checks that what it is to install is there,
 * `docker` knows logins, which it writes down as docker does, and makes builders by doing nothing.
 */
export function writeStandIns(folder: string, standIns: StandIns): string {
  mkdirSync(folder, { recursive: true });
  const scripts = {
    npx: [
      `if [ "$1 $2" != "--yes ${standIns.package}" ]; then echo "npx: unexpected $*" >&2; exit 97; fi`,
      'shift 2',
      // A machine that dies leaves nothing behind.
      'if [ "$1" = build ] && [ -n "$LOST_CELL" ] && [ "$CELL" = "$LOST_CELL" ]; then echo "the machine is lost" >&2; exit 137; fi',
      `exec ${standIns.program} "$@"`,
    ],
    apk: [
      'shift 2',
      'for name in "$@"; do case "$name" in nodejs) program=node;; *) program=$name;; esac',
      'command -v "$program" >/dev/null || { echo "apk: $program is not there" >&2; exit 96; }; done',
    ],
    docker: [
      'case "$1 $2" in',
      '"context create"|"buildx create") exit 0;;',
      '"login --username")',
      '  [ "$4" = --password-stdin ] || { echo "docker: unexpected $*" >&2; exit 95; }',
      '  mkdir -p "$HOME/.docker"',
      '  node -e \'const fs=require("fs"),[user,host]=process.argv.slice(1),file=process.env.HOME+"/.docker/config.json";' +
        'const all=fs.existsSync(file)?JSON.parse(fs.readFileSync(file,"utf8")):{auths:{}};' +
        'const word=fs.readFileSync(0,"utf8").replace(/\\n$/,"");' +
        'all.auths[host]={auth:Buffer.from(user+":"+word).toString("base64")};fs.writeFileSync(file,JSON.stringify(all))\' "$3" "$5";;',
      '*) echo "docker: unexpected $*" >&2; exit 95;;',
      'esac',
    ],
  };
  for (const name of standIns.names) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${scripts[name].join('\n')}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return folder;
}
