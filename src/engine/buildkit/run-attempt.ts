import { mkdir, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Fault, isFault } from '../../errors/fault.ts';
import { makeTempDirectory } from '../../host/temp-directory.ts';
import type { Cell } from '../../plan/cell.ts';
import { cellSlug } from '../../plan/cell-slug.ts';
import type { Part } from '../../plan/part.ts';
import type { BuildOptions } from '../engine.ts';
import { assembleBuildArgv, type BuildOutput, secretArgsOf } from './assemble-build-argv.ts';
import type { AttemptRequest, AttemptResult, FailureKind } from './attempt.ts';
import type { BuildSteps } from './build-steps.ts';
import { CellLog } from './cell-log.ts';
import { checkSecrets } from './check-secrets.ts';
import { type ClassifiedFailure, classifyFailure } from './classify-failure.ts';
import { isEpochSet, manualCommand } from './manual-command.ts';
import { placeDockerfile } from './place-dockerfile.ts';
import { canPush } from './push-ability.ts';
import { resolveContexts } from './resolve-contexts.ts';
import { type BuildxRun, runBuildx } from './run-buildx.ts';
import type { RunningAttempt } from './running-attempt.ts';
import { showSteps } from './show-steps.ts';
import { takePart } from './take-part.ts';

/**
 * Builds one cell by one `docker buildx build`: pushed by digest where the cell has a repository, else into the layout
 * `content/` of the run. It is shown as one task, with its steps below; the log goes to `logs/SLUG.log`. An attempt that is ended
 * by its signal fails with the signal's reason, where that is a fault; as `emulator` on the emulated route, so that another is
 * tried, else as `transient`.
 *
 * @throws {Fault} INTERRUPTED where the run is interrupted
 */
export async function runAttempt(request: AttemptRequest, options: BuildOptions): Promise<AttemptResult> {
  const { host, runFolder } = options;
  const { cell, builder } = request;
  host.signal.throwIfAborted();
  const log = await CellLog.open(cell.id, { host, runFolder });
  const attempt: RunningAttempt = {
    request,
    host,
    runFolder,
    log,
    task: request.number === 1 ? cell.id : `${cell.id}#${request.number}`,
    startedMs: host.clock.monotonicMs(),
  };
  begin(attempt);
  try {
    const built = await buildPart(attempt);
    if (built.kind === 'built') {
      const { total, cached } = built.part.steps;
      end(attempt, total > 0 && total === cached ? 'cached' : 'done', `${cached} of ${total} steps from cache`);
      return built;
    }
    end(attempt, 'failed', built.fault.message);
    return { ...built, logTail: log.tail, command: manualCommand(cell, builder, host) };
  } catch (error) {
    end(attempt, 'failed', error instanceof Error ? error.message : String(error));
    throw error;
  } finally {
    await log.close();
  }
}

type Built =
  | { readonly kind: 'built'; readonly part: Part }
  | {
      readonly kind: 'failed';
      readonly failure: FailureKind;
      readonly fault: Fault;
    };

function begin({ request, host, log, task }: RunningAttempt): void {
  const { cell, placement, builder, number } = request;
  const place = `on "${builder.name}"${placement.node === undefined ? '' : `, node "${placement.node}"`}`;
  const again = number === 1 ? '' : `, attempt ${number}`;
  log.write(`${cell.id} ${place}${again} at ${host.clock.now().toISOString()} (${placement.route.kind})`);
  log.write(manualCommand(cell, builder, host));
  host.emit({ kind: 'task-started', id: task, title: `${cell.id} ${place}${again}` });
}

function end({ host, log, task }: RunningAttempt, outcome: 'done' | 'cached' | 'failed', detail: string): void {
  log.write(`${outcome}: ${detail}`);
  host.emit({ kind: 'task-ended', id: task, outcome, detail });
}

async function buildPart(attempt: RunningAttempt): Promise<Built> {
  const { request, host } = attempt;
  try {
    const work = await makeTempDirectory(host);
    try {
      return await buildIn(work.path, attempt);
    } finally {
      await work.remove();
    }
  } catch (error) {
    if (host.signal.aborted) throw error;
    if (!isFault(error)) throw error;
    if (request.signal.aborted) {
      return {
        kind: 'failed',
        failure: request.placement.route.kind === 'emulated' ? 'emulator' : 'transient',
        fault: error,
      };
    }
    return { kind: 'failed', failure: error.retryable ? 'transient' : 'permanent', fault: error };
  }
}

async function buildIn(work: string, attempt: RunningAttempt): Promise<Built> {
  const { request, host, runFolder } = attempt;
  const { cell } = request;
  await checkSecrets(cell.recipe, host);
  const dockerfile = await placeDockerfile(cell.recipe, work);
  const contexts = await resolveContexts(cell.recipe.contexts, host);
  const metadata = join(work, 'metadata.json');
  const incoming = join(runFolder, 'incoming', `${cellSlug(cell.id)}-${request.number}`);
  const output = outputOf(request, incoming);
  try {
    if (output.kind === 'layout') await makeIncoming(incoming);
    const files = { dockerfile, contexts, metadata, output };
    const run = await runTolerantly(files, attempt);
    if ('fault' in run) return { kind: 'failed', ...run };
    noteCacheTrouble(run.steps, attempt);
    return { kind: 'built', part: await takePart({ attempt, metadata, output, steps: run.steps }) };
  } finally {
    if (output.kind === 'layout') await removeIncoming(incoming);
  }
}

function outputOf({ cell, builder, placement }: AttemptRequest, incoming: string): BuildOutput {
  const { repository } = cell;
  return repository !== undefined && canPush(builder, placement)
    ? { kind: 'push', repository }
    : { kind: 'layout', folder: incoming };
}

/** What a killed run left there is not mixed with what comes now. */
async function makeIncoming(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(dirname(folder), { recursive: true });
}

async function removeIncoming(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  // The last one out: others of the run may still be there.
  await rmdir(dirname(folder)).catch(() => undefined);
}

interface BuildFiles {
  readonly dockerfile: string;
  readonly contexts: Readonly<Record<string, string>>;
  readonly metadata: string;
  readonly output: BuildOutput;
}

type FailedBuild = Omit<Extract<Built, { kind: 'failed' }>, 'kind'>;

/** A build that fails by a cache alone is made once more without it. */
async function runTolerantly(files: BuildFiles, attempt: RunningAttempt): Promise<BuildxRun | FailedBuild> {
  const { cell } = attempt.request;
  const first = await runOnce(files, cell, attempt);
  const failed = failureOf(first, attempt);
  const way = failed === undefined ? undefined : wayWithoutCache(cell, failed);
  if (way === undefined) return settle(first, failed);
  attempt.host.emit({ kind: 'note', level: 'warning', text: way.text, hint: way.hint });
  const second = await runOnce(files, way.cell, attempt);
  return settle(second, failureOf(second, attempt));
}

interface OtherWay {
  readonly cell: Cell;
  readonly text: string;
  readonly hint: string;
}

function wayWithoutCache(cell: Cell, { failure, fault }: ClassifiedFailure): OtherWay | undefined {
  const { cache = { from: [], to: [] }, recipe, id } = cell;
  if (failure === 'cache-export' && cache.to.length > 0)
    return {
      // All its steps are done already.
      cell: { ...cell, cache: { ...cache, to: [] } },
      text: `The cache of ${id} is not kept: ${fault.message}`,
      hint: 'The image is good; look at the place of the cache and the right to write there',
    };
  if (failure === 'cache-broken' && !recipe.noCache)
    return {
      cell: { ...cell, recipe: { ...recipe, noCache: true } },
      text: `${id} is built anew, without the cache of the builder: ${fault.message}`,
      hint: fault.hint,
    };
  return undefined;
}

function settle(run: BuildxRun, failed: ClassifiedFailure | undefined): BuildxRun | FailedBuild {
  if (failed === undefined) return run;
  const { failure, fault } = failed;
  if (failure === 'cache-broken') return { failure: 'transient', fault };
  return { failure: failure === 'cache-export' ? 'permanent' : failure, fault };
}

function failureOf({ succeeded, steps, text }: BuildxRun, { request }: RunningAttempt): ClassifiedFailure | undefined {
  if (succeeded) return undefined;
  const { cell, placement, builder } = request;
  const context = builder.driver === 'docker' ? builder.context : undefined;
  return classifyFailure({
    cell,
    placement,
    text,
    context,
    ...(steps.failed === undefined ? {} : { step: steps.failed }),
  });
}

function runOnce(files: BuildFiles, cell: Cell, { request, host, log, task }: RunningAttempt): Promise<BuildxRun> {
  const { builder, signal } = request;
  return runBuildx({
    host,
    args: assembleBuildArgv(cell, {
      ...files,
      builder,
      cache: cell.cache ?? { from: [], to: [] },
      progress: 'rawjson',
      hasEpoch: isEpochSet(cell, host),
    }),
    env: secretArgsOf(cell.recipe),
    signal,
    log,
    listener: showSteps({ request, host, log, task }),
  });
}

/** With `ignore-error=true` BuildKit goes on where a cache cannot be written, and says so in the step alone. */
function noteCacheTrouble(steps: BuildSteps, { host, request }: RunningAttempt): void {
  for (const { name, error } of steps.all) {
    if (error === undefined) continue;
    const isExport = /^exporting (?:cache|to .*cache)/.test(name);
    const isImport = /^importing cache manifest/.test(name) && !/not found/.test(error);
    if (!isExport && !isImport) continue;
    const text = `The cache of ${request.cell.id} ${isExport ? 'is not kept' : 'could not be read'}: ${error}`;
    host.emit({ kind: 'note', level: 'warning', text, hint: 'The image is good; look at the place of the cache' });
  }
}
