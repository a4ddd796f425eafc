import type { Dirent } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isDockerfile } from '../../config/proposal/find-dockerfiles.ts';
import type { ProjectFiles } from '../../config/proposal/project-files.ts';
import { isFault } from '../../errors/fault.ts';
import type { Host } from '../../host/host.ts';

/** How deep below the folder files are looked for, how many are looked at, and how long one may be that is read. */
const limits = { depth: 5, paths: 50_000, textBytes: 1024 * 1024 };
const skipped = new Set([
  'node_modules',
  'vendor',
  'third_party',
  'dist',
  'target',
  '__pycache__',
  '.git',
  '.polyarch',
]);
const gitTimeoutMs = 5_000;

/** Reads what `init` proposes from: the names of the files, the texts of those that tell of builds, and git's remote. */
export async function gatherProject(root: string, host: Host): Promise<ProjectFiles> {
  const paths: string[] = [];
  await walk(root, { folder: '', depth: 0 }, paths);
  const texts: Record<string, string> = {};
  for (const path of paths.filter(isTelling)) {
    const text = await readText(join(root, path));
    if (text !== undefined) texts[path] = text;
  }
  const remote = await readRemote(root, host);
  return { folderName: basename(root), paths, texts, ...(remote === undefined ? {} : { remote }) };
}

interface Place {
  /** With a `/` at its end, or empty. */
  readonly folder: string;
  readonly depth: number;
}

async function walk(root: string, { folder, depth }: Place, paths: string[]): Promise<void> {
  const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(() => []);
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (paths.length >= limits.paths) return;
    if (entry.isFile() || (await isLinkToFile(join(root, folder), entry))) paths.push(`${folder}${entry.name}`);
    const isWanted = !skipped.has(entry.name) && (!entry.name.startsWith('.') || entry.name === '.github');
    if (entry.isDirectory() && isWanted && depth < limits.depth)
      await walk(root, { folder: `${folder}${entry.name}/`, depth: depth + 1 }, paths);
  }
}

/** Links to folders are not followed: they may lead round in a circle. */
async function isLinkToFile(folder: string, entry: Dirent): Promise<boolean> {
  if (!entry.isSymbolicLink()) return false;
  const target = await stat(join(folder, entry.name)).catch(() => undefined);
  return target?.isFile() === true;
}

function isTelling(path: string): boolean {
  const name = basename(path);
  return (
    isDockerfile(path) ||
    /^\.github\/workflows\/[^/]+\.ya?ml$|^\.gitlab-ci\.ya?ml$|^Jenkinsfile[^/]*$|^Makefile$/.test(path) ||
    /^(?:docker-bake.*\.(?:hcl|json)|(?:docker-)?compose.*\.ya?ml)$/.test(name)
  );
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return (await stat(path)).size > limits.textBytes ? undefined : await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** A folder without git, or without a remote, is nothing special. */
async function readRemote(root: string, { processes }: Host): Promise<string | undefined> {
  try {
    const { stdout } = await processes.run({
      program: 'git',
      args: ['-C', root, 'config', '--get', 'remote.origin.url'],
      timeoutMs: gitTimeoutMs,
    });
    return stdout.trim();
  } catch (error) {
    if (!isFault(error) || isFault(error, 'INTERRUPTED')) throw error;
    return undefined;
  }
}
