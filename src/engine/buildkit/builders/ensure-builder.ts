import { Fault, isFault } from '../../../errors/fault.ts';
import type { Host } from '../../../host/host.ts';
import type { BuilderFacts } from '../../../plan/builder-facts.ts';
import { askDocker } from './ask-docker.ts';
import { createArgs, standsOnDaemon } from './creation.ts';
import { probeBuilder } from './probe-builder.ts';

/** A builder pulls BuildKit's image when it is first started. */
const bootLimitMs = 300_000;

/**
 * Makes sure that a builder of a plan can be used: one that is missing is made, started and looked at again; one that is
 * there is left alone. One that cannot be used is told, never replaced.
 *
 * @throws {Fault} BUILDER_STALE, BUILDER_NOT_CREATED, BUILDER_PLATFORM_WRONG, INTERRUPTED
 */
export async function ensureBuilder(builder: BuilderFacts, host: Host): Promise<void> {
  if (builder.state === 'ready') return;
  if (builder.state !== 'missing') throw unusable(builder);
  await makeBuilder(builder, host);
  await refuseWrongCpu(builder, host);
}

/**
 * Makes and starts a builder that the config describes and buildx does not know.
 *
 * @throws {Fault} BUILDER_NOT_CREATED, INTERRUPTED
 */
export async function makeBuilder(builder: BuilderFacts, host: Host): Promise<void> {
  const id = `builder/${builder.name}`;
  host.emit({ kind: 'task-started', id, title: `make the builder ${builder.name}` });
  try {
    await create(builder, host);
    await start(builder, host);
    host.emit({ kind: 'task-ended', id, outcome: 'done' });
  } catch (error) {
    host.emit({ kind: 'task-ended', id, outcome: 'failed' });
    throw error;
  }
}

function unusable({ name, problem }: BuilderFacts): Fault {
  return new Fault('BUILDER_STALE', problem?.message ?? `Cannot use the builder "${name}": it cannot be reached`, {
    ...(problem === undefined ? {} : { hint: problem.hint }),
  });
}

/** Another process may have made it in the meantime: then that one is taken. */
async function create(builder: BuilderFacts, host: Host): Promise<void> {
  try {
    await askDocker(createArgs(builder), { host, what: `the builder "${builder.name}"` });
  } catch (error) {
    if (isFault(error, 'PROCESS_FAILED') && /existing instance for/.test(error.frame ?? '')) return;
    throw notCreated(builder.name, 'made', error);
  }
}

/** One that does not start is taken away again, so that the next run finds no ruin. */
async function start(builder: BuilderFacts, host: Host): Promise<void> {
  const { name } = builder;
  try {
    await askDocker(['buildx', 'inspect', '--bootstrap', name], {
      host,
      what: `the builder "${name}"`,
      limitMs: bootLimitMs,
    });
  } catch (error) {
    await remove(name, host);
    throw notCreated(name, 'started', error);
  }
}

async function remove(name: string, host: Host): Promise<void> {
  try {
    await askDocker(['buildx', 'rm', name], { host, what: `the builder "${name}"` });
  } catch (error) {
    if (!isFault(error) || error.code === 'INTERRUPTED') throw error;
  }
}

function notCreated(name: string, verb: string, cause: unknown): unknown {
  if (!isFault(cause) || cause.code === 'INTERRUPTED') return cause;
  return new Fault('BUILDER_NOT_CREATED', `Cannot build on "${name}": the builder could not be ${verb}`, {
    cause,
    ...(cause.code === 'PROCESS_FAILED' ? {} : { hint: cause.hint }),
    ...(cause.frame === undefined ? {} : { frame: cause.frame }),
  });
}

/** What the config said of its platforms was taken at its word until now. */
async function refuseWrongCpu({ name, driver, platforms = [] }: BuilderFacts, host: Host): Promise<void> {
  if (standsOnDaemon(driver)) return;
  const { nodes, fault } = await probeBuilder(name, host);
  if (fault !== undefined) throw notCreated(name, 'reached', fault);
  const native = nodes.flatMap((node) => node.native);
  const foreign = platforms.filter((platform) => !native.includes(platform));
  if (foreign.length === 0 || native.length === 0) return;
  throw new Fault(
    'BUILDER_PLATFORM_WRONG',
    `Cannot build ${foreign.join(', ')} on "${name}": it runs ${native.join(', ')} natively`,
  );
}
