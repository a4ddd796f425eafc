import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { type AppliedFlags, applyFlags } from '../../config/apply-flags.ts';
import type { Config } from '../../config/config.ts';
import type { Overrides } from '../../config/overrides.ts';
import { Fault } from '../../errors/fault.ts';
import type { Host } from '../../host/host.ts';
import type { Platform } from '../../oci/platform.ts';

/** What names a build: a folder, perhaps a config file, and flags. */
export interface ConfigRequest {
  /** As typed; default: the current folder. */
  readonly folder: string;
  readonly configFile?: string;
  readonly overrides: Overrides;
}

export interface LoadedConfig extends AppliedFlags {
  /** The folder that the paths of the config are relative to; absolute. */
  readonly root: string;
}

const fileNames = ['polyarch.yaml', 'polyarch.yml'];

/**
 * Reads the config of a folder, or makes the usual one where there is none, and lays the flags over it.
 *
 * @throws {Fault} CONTEXT_MISSING, CONFIG_MISSING, CONFIG_MALFORMED and those of the flags
 */
export async function loadConfig(request: ConfigRequest, host: Host, hostPlatform: Platform): Promise<LoadedConfig> {
  const folder = resolve(host.workingDirectory, request.folder);
  refuseMissingFolder(folder, request.folder);
  const file = findFile(folder, request.configFile, host);
  const root = file === undefined ? folder : dirname(file);
  const config = await readConfig(file, { root, host, hostPlatform });
  const overrides = folder === root ? request.overrides : { ...request.overrides, context: folder };
  const applied = applyFlags(config, overrides, {
    env: host.env,
    workingDirectory: host.workingDirectory,
    root,
    hostPlatform,
  });
  return { ...applied, root };
}

interface Surroundings {
  readonly root: string;
  readonly host: Host;
  readonly hostPlatform: Platform;
}

/** The schema is loaded only where there is a file to check. */
async function readConfig(file: string | undefined, { root, host, hostPlatform }: Surroundings): Promise<Config> {
  const options = { folderName: basename(root), hostPlatform };
  if (file === undefined) {
    const { defaultConfig } = await import('../../config/default-config.ts');
    return defaultConfig(options);
  }
  const { parseConfig } = await import('../../config/parse-config.ts');
  const name = relative(host.workingDirectory, file);
  return parseConfig(await readText(file), { ...options, file: name.startsWith('..') ? file : name });
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new Fault('CONFIG_MISSING', `Cannot read the config "${file}"`, { cause, where: { file } });
  }
}

function findFile(folder: string, named: string | undefined, host: Host): string | undefined {
  if (named !== undefined) return resolve(host.workingDirectory, named);
  return fileNames.map((name) => join(folder, name)).find((file) => existsSync(file));
}

function refuseMissingFolder(folder: string, typed: string): void {
  const what = existsSync(folder)
    ? statSync(folder).isDirectory()
      ? undefined
      : 'it is not a folder'
    : 'there is no such folder';
  if (what === undefined) return;
  throw new Fault('CONTEXT_MISSING', `Cannot build "${typed}": ${what}, expected a folder with a Dockerfile`, {
    where: { path: folder },
  });
}
