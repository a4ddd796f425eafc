import { existsSync, statSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { allProviders, type CiProvider } from '../ci/all-providers.ts';
import { assemblePipeline } from '../ci/assemble-pipeline.ts';
import type { CiService } from '../ci/ci-service.ts';
import { isWrittenByPolyarch } from '../ci/marker.ts';
import { ignoreFileNames } from '../ci/path-filters.ts';
import { plannedCells } from '../ci/planned-cells.ts';
import { unifiedDiff } from '../ci/unified-diff.ts';
import { type UsedPath, usedPaths } from '../ci/used-paths.ts';
import type { Config } from '../config/config.ts';
import { hostPlatform } from '../engine/host-platform.ts';
import { Fault } from '../errors/fault.ts';
import { invariant } from '../errors/invariant.ts';
import type { Host } from '../host/host.ts';
import { diskFault } from '../store/disk-fault.ts';
import { readDockerfiles } from './gather/gather-facts.ts';
import { loadConfig } from './gather/load-config.ts';

export interface PipelineRequest {
  readonly service: CiService;
  /** The folder of the config, as typed. */
  readonly folder: string;
  readonly configFile?: string;
  /** The root of the repository. Default: the nearest folder above with `.git`, else the folder of the config. */
  readonly root?: string;
  /** Default: where the service looks for it. */
  readonly out?: string;
  /** A workflow that others call. */
  readonly isReusable: boolean;
  /** What `npx` is to run: `polyarch@1.2.3`. */
  readonly program: string;
}

/** A pipeline as the config gives it, beside what is committed. */
export interface WrittenPipeline {
  /** Absolute. */
  readonly file: string;
  readonly text: string;
  /** What lies there now; absent where nothing does. */
  readonly former?: string;
  /** From what lies there to what the config gives, as `diff -u` shows it; empty where they are equal. */
  readonly diff: string;
}

/**
 * The pipeline of a config, not written yet.
 *
 * @throws {Fault} PIPELINE_NOT_REUSABLE, PIPELINE_TOO_WIDE, DOCKERFILE_MISSING, and what is wrong with the config or a Dockerfile
 */
export async function renderPipeline(request: PipelineRequest, host: Host): Promise<WrittenPipeline> {
  const provider = providerOf(request);
  const { config, root } = await loadConfig({ ...request, overrides: {} }, host, hostPlatform());
  const repository = request.root === undefined ? repositoryOf(root) : resolve(host.workingDirectory, request.root);
  const file =
    request.out === undefined ? join(repository, provider.file) : resolve(host.workingDirectory, request.out);
  const configFile = configFileOf(request, root, host);
  const sources = await readSources(config, root);
  refuseTooWide(provider, plannedCells(config, { root, dockerfiles: sources.dockerfiles }).length);
  const pipeline = assemblePipeline(config, {
    service: request.service,
    program: request.program,
    root,
    repository,
    pipelineFile: file,
    ...(configFile === undefined ? {} : { configFile }),
    ...sources,
  });
  const text = provider.render(pipeline, request);
  const former = existsSync(file) ? await readFile(file, 'utf8') : undefined;
  const name = relative(repository, file);
  const diff = unifiedDiff(former ?? '', text, { before: name, after: `${name} as the config gives it` });
  return { file, text, ...(former === undefined ? {} : { former }), diff };
}

function refuseTooWide({ name, mostJobs = Infinity }: CiProvider, cellCount: number): void {
  if (cellCount <= mostJobs) return;
  throw new Fault(
    'PIPELINE_TOO_WIDE',
    `Cannot write a pipeline for ${name}: the config has ${cellCount} cells, expected at most ${mostJobs}`,
  );
}

/** Writes it, whole or not at all. @throws {Fault} PIPELINE_FOREIGN, STORE_DENIED, STORE_FULL */
export async function writePipeline(
  { file, text, former, diff }: WrittenPipeline,
  { isForced }: { readonly isForced: boolean },
): Promise<void> {
  if (former !== undefined && !isForced && !isWrittenByPolyarch(former))
    throw new Fault('PIPELINE_FOREIGN', `Cannot write "${file}": polyarch did not write what lies there`, {
      where: { path: file },
    });
  if (former !== undefined && diff === '') return;
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(`${file}.new`, text);
    await rename(`${file}.new`, file);
  } catch (cause) {
    throw diskFault(cause, `write "${file}"`, file);
  }
}

/** @throws {Fault} PIPELINE_OUTDATED with the difference */
export function checkPipeline({ file, former, diff }: WrittenPipeline): void {
  if (former !== undefined && diff === '') return;
  const what = former === undefined ? 'it is not there' : 'it is not the one that the config gives';
  throw new Fault('PIPELINE_OUTDATED', `Cannot go on with the pipeline "${file}": ${what}`, {
    where: { path: file },
    ...(former === undefined ? {} : { frame: diff }),
  });
}

function providerOf({ service, isReusable }: PipelineRequest): CiProvider {
  const provider = allProviders.find(({ name }) => name === service);
  invariant(provider !== undefined, `There is no CI service "${service}"`);
  if (!isReusable || provider.canBeReused) return provider;
  throw new Fault('PIPELINE_NOT_REUSABLE', `Cannot write a pipeline of ${service} that others call: it knows none`);
}

/** The nearest folder above that is a repository. */
function repositoryOf(folder: string): string {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return at;
    if (dirname(at) === at) return folder;
  }
}

function configFileOf({ configFile }: PipelineRequest, root: string, host: Host): string | undefined {
  if (configFile !== undefined) return resolve(host.workingDirectory, configFile);
  return ['polyarch.yaml', 'polyarch.yml'].map((name) => join(root, name)).find((file) => existsSync(file));
}

/** The Dockerfiles, and what kind of thing each path is that they read. */
async function readSources(config: Config, root: string) {
  const dockerfiles = await readDockerfiles(config, root);
  const used = usedPaths(plannedCells(config, { root, dockerfiles }), dockerfiles);
  const places = used.map(({ context, path }) => join(context, path));
  return {
    dockerfiles,
    ignoreFiles: await readIgnoreFiles(used),
    folders: new Set(places.filter((path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true)),
    files: new Set(places.filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true)),
  };
}

async function readIgnoreFiles(used: readonly UsedPath[]): Promise<Readonly<Record<string, string>>> {
  const files = used.flatMap(
    ({ context, dockerfile }) => ignoreFileNames(context, dockerfile).find((file) => existsSync(file)) ?? [],
  );
  const texts: Record<string, string> = {};
  for (const file of new Set(files)) texts[file] = await readFile(file, 'utf8');
  return texts;
}
