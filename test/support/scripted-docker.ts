import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** What the stand-in does when it is run: the first run takes the first, and so on; the last goes on for ever. */
export interface DockerScene {
  /** Lines for standard error: texts as they are, values as JSON. */
  readonly says?: readonly unknown[];
  /** Written to the file behind `--metadata-file`. Default: none is written. */
  readonly metadata?: unknown;
  /** Files written below the folder behind `dest=`, with their content in base64. */
  readonly layout?: Readonly<Record<string, string>>;
  /** Default: 0. */
  readonly exit?: number;
  /** It never ends, and neither does a child of its own. */
  readonly hangs?: boolean;
}

/** How it was run. */
export interface DockerCall {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The text behind `--file`, and of the ignore file beside it. */
  readonly dockerfile?: string;
  readonly ignore?: string;
  /** Itself and its child. */
  readonly processes: readonly number[];
}

export interface ScriptedDocker {
  /** Where it lies as the only program. */
  readonly folder: string;
  /** A PATH that finds it first. */
  readonly path: string;
  play(...scenes: readonly DockerScene[]): void;
  calls(): readonly DockerCall[];
  remove(): void;
}

/** A program `docker` that plays what it is told and notes how it was run. */
export function scriptDocker(): ScriptedDocker {
  const folder = mkdtempSync(join(tmpdir(), 'polyarch-docker-'));
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'docker'), `#!${process.execPath}\n${program}`);
  chmodSync(join(bin, 'docker'), 0o755);
  const notes = join(folder, 'calls.jsonl');
  return {
    folder: bin,
    path: `${bin}${delimiter}${process.env['PATH'] ?? ''}`,
    play: (...scenes) => {
      rmSync(notes, { force: true });
      writeFileSync(join(folder, 'scenes.json'), JSON.stringify(scenes));
    },
    calls: () =>
      existsSync(notes)
        ? readFileSync(notes, 'utf8')
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line) as DockerCall)
        : [],
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

const program = `
const { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const { spawn } = require('node:child_process');
const { dirname, join } = require('node:path');
const folder = join(__dirname, '..');
const notes = join(folder, 'calls.jsonl');
const scenes = JSON.parse(readFileSync(join(folder, 'scenes.json'), 'utf8'));
const runCount = existsSync(notes) ? readFileSync(notes, 'utf8').trim().split('\\n').length : 0;
const scene = scenes[Math.min(runCount, scenes.length - 1)];
const args = process.argv.slice(2);
const after = (flag) => (args.includes(flag) ? args[args.indexOf(flag) + 1] : undefined);
const textOf = (file) => (file !== undefined && existsSync(file) ? readFileSync(file, 'utf8') : undefined);
const child = scene.hangs ? spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { stdio: 'ignore' }) : undefined;
const file = after('--file');
appendFileSync(notes, JSON.stringify({
  args,
  env: process.env,
  dockerfile: textOf(file),
  ignore: textOf(file + '.dockerignore'),
  processes: [process.pid, child?.pid].filter((pid) => pid !== undefined),
}) + '\\n');
const lines = (scene.says ?? []).map((line) => (typeof line === 'string' ? line : JSON.stringify(line)));
if (scene.metadata !== undefined) writeFileSync(after('--metadata-file'), JSON.stringify(scene.metadata));
const dest = /dest=([^,"]+)/.exec(after('--output') ?? '')?.[1];
for (const [path, content] of Object.entries(scene.layout ?? {})) {
  mkdirSync(dirname(join(dest, path)), { recursive: true });
  writeFileSync(join(dest, path), Buffer.from(content, 'base64'));
}
if (scene.hangs) setInterval(() => {}, 1e6);
process.stderr.write(lines.map((line) => line + '\\n').join(''), () => {
  if (!scene.hangs) process.exitCode = scene.exit ?? 0;
});
`;
