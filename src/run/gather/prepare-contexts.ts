import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Config, ImageConfig } from '../../config/config.ts';
import { Fault, isFault } from '../../errors/fault.ts';
import type { Host } from '../../host/host.ts';

/**
 * Runs `prepare` of each image once, by the shell, in the config's folder, before any cell. Where the last line that it
 * prints is a folder, that folder is the context. Gives the contexts that were named, by image.
 *
 * @throws {Fault} PREPARE_FAILED
 */
export async function prepareContexts(
  config: Config,
  { host, root }: { readonly host: Host; readonly root: string },
): Promise<Readonly<Record<string, string>>> {
  const contexts: Record<string, string> = {};
  for (const image of config.images) {
    if (image.prepare === undefined) continue;
    const lastLine = await prepare(image, image.prepare, { host, root });
    const folder = lastLine === undefined ? undefined : resolve(root, lastLine);
    if (folder !== undefined && existsSync(folder) && statSync(folder).isDirectory()) contexts[image.name] = folder;
  }
  return contexts;
}

async function prepare(
  image: ImageConfig,
  script: string,
  { host, root }: { readonly host: Host; readonly root: string },
): Promise<string | undefined> {
  const id = `prepare/${image.name}`;
  host.emit({ kind: 'task-started', id, title: `prepare ${image.name}: ${script}` });
  try {
    const { stdout } = await host.processes.run({
      program: 'sh',
      args: ['-c', script],
      workingDirectory: root,
      onLine: (text) => host.emit({ kind: 'log', id, text }),
    });
    host.emit({ kind: 'task-ended', id, outcome: 'done' });
    return stdout.trim().split('\n').at(-1)?.trim() || undefined;
  } catch (cause) {
    host.emit({ kind: 'task-ended', id, outcome: 'failed' });
    if (!isFault(cause, 'PROCESS_FAILED')) throw cause;
    throw new Fault('PREPARE_FAILED', `Cannot prepare "${image.name}": the command of "prepare" did not succeed`, {
      cause,
    });
  }
}
