import type { BuilderConfig } from '../../../config/config.ts';
import { Fault, isFault } from '../../../errors/fault.ts';
import type { Host } from '../../../host/host.ts';
import type { BuilderDriver } from '../../../plan/builder-facts.ts';
import { askDaemon } from './ask-daemon.ts';
import { askDocker } from './ask-docker.ts';
import { createdName, driverOf, namesOf, standsOnDaemon } from './creation.ts';
import { explainDocker } from './docker-fault.ts';
import { knock } from './knock.ts';
import { type Inspection, parseInspection } from './parse-inspection.ts';
import { foundNode, probeNode } from './probe-node.ts';
import type { ProbedBuilder, ProbedNode } from './probed-builder.ts';

/** Cells that a node builds at once where the config says nothing of it: BuildKit does their common steps once. */
const usualSlots = 4;

const drivers: readonly BuilderDriver[] = ['docker', 'docker-container', 'kubernetes', 'remote', 'cloud'];

/**
 * Finds out what a builder that buildx knows is: its driver, and of each node whether it can be reached, its BuildKit,
 * its platforms, its disk and its clock. What is wrong is told in faults, of the builder or of a node.
 *
 * @param name as buildx calls it; empty means the current one
 * @throws {Fault} INTERRUPTED
 */
export async function probeBuilder(name: string, host: Host): Promise<ProbedBuilder> {
  const shown = name === '' ? 'the current builder of buildx' : `the builder "${name}"`;
  return orLost({ name: name === '' ? 'default' : name, driver: 'docker' }, async () =>
    probeInspected(await inspect(name, shown, host), host),
  );
}

/**
 * The same of a builder that the config describes. Where buildx does not know it, it is `missing`, and what its daemon is
 * like is found out before it is made.
 *
 * @throws {Fault} INTERRUPTED
 */
export async function probeConfigured(config: BuilderConfig, host: Host): Promise<ProbedBuilder> {
  const known = await orLost({ name: createdName(config.name), driver: driverOf(config) }, async () => {
    const found = await findInspected(config, host);
    return found === undefined ? probeMissing(config, host) : probeInspected(found, host);
  });
  const described = { ...known, ...describedBy(config) };
  const fault = known.state === 'ready' ? mismatch(config, known) : undefined;
  return fault === undefined ? described : { ...described, state: 'wrong', fault };
}

function describedBy({ context, endpoint, platforms, slots, options }: BuilderConfig) {
  return {
    options,
    ...(slots === undefined ? {} : { slots }),
    ...(context === undefined ? {} : { context }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(platforms === undefined ? {} : { platforms }),
  };
}

async function inspect(name: string, what: string, host: Host): Promise<Inspection> {
  return parseInspection(await askDocker(['buildx', 'inspect', ...(name === '' ? [] : [name])], { host, what }));
}

/** What buildx knows under one of the names of the config; both are asked for at once. */
async function findInspected(config: BuilderConfig, host: Host): Promise<Inspection | undefined> {
  const found = await Promise.all(
    namesOf(config).map(async (name) => {
      try {
        return await inspect(name, `the builder "${config.name}"`, host);
      } catch (error) {
        if (isFault(error, 'BUILDER_UNKNOWN')) return undefined;
        throw error;
      }
    }),
  );
  // Every Docker context is a builder of the docker driver as well, whether anybody wants it or not.
  return found.find((inspection) => inspection !== undefined && (config.driver === 'docker' || isMade(inspection)));
}

function isMade({ driver }: Inspection): boolean {
  return driver !== '' && driver !== 'docker';
}

async function probeInspected(inspection: Inspection, host: Host): Promise<ProbedBuilder> {
  const { name, error } = inspection;
  const driver = drivers.find((known) => known === inspection.driver);
  const what = `the builder "${name}"`;
  if (driver === undefined || error !== undefined) throw builderFault(what, inspection);
  const nodes = await Promise.all(inspection.nodes.map((node) => probeNode(node, { builder: name, driver, host })));
  const isReady = nodes.some(({ state }) => state === 'ready');
  const fault = nodes.find((node) => node.fault !== undefined)?.fault;
  return {
    name,
    driver,
    state: isReady ? 'ready' : 'unreachable',
    ...(isReady || fault === undefined ? {} : { fault }),
    slots: nodes.length * usualSlots,
    options: {},
    nodes,
  };
}

function builderFault(what: string, { error, driver }: Inspection): Fault {
  const reason = error ?? `its driver is "${driver}", expected one of ${drivers.join(', ')}`;
  return explainDocker(reason, what) ?? new Fault('BUILDER_STALE', `Cannot use ${what}: ${reason}`);
}

async function probeMissing(config: BuilderConfig, host: Host): Promise<ProbedBuilder> {
  const driver = driverOf(config);
  const name = driver === 'docker' ? (config.context ?? config.name) : createdName(config.name);
  return {
    name,
    driver,
    state: 'missing',
    slots: usualSlots,
    options: {},
    nodes: await nodesToCome(config, { driver, host }),
  };
}

/** The node that a builder will have: of a daemon the CPU is known, of anything else what the config says. */
async function nodesToCome(
  { name, context, endpoint, platforms }: BuilderConfig,
  { driver, host }: { readonly driver: BuilderDriver; readonly host: Host },
): Promise<readonly ProbedNode[]> {
  const place = endpoint ?? context ?? '';
  const node = { name: `${createdName(name)}0`, endpoint: place, platforms: [] };
  if (standsOnDaemon(driver)) {
    const daemon = await askDaemon(place, `the builder "${name}"`, host);
    return [foundNode(node, { own: daemon.info.platform, canPushByDigest: true, daemon })];
  }
  const fault = await knock(place, `the builder "${name}"`);
  if (fault !== undefined) throw fault;
  if (platforms === undefined) return [];
  return [{ ...foundNode(node, { own: undefined, canPushByDigest: true }), native: platforms }];
}

/** Where a builder of that name is not the one that was described, it is left alone. */
function mismatch({ name, driver, context, endpoint }: BuilderConfig, found: ProbedBuilder): Fault | undefined {
  const what = `Cannot use the builder "${name}"`;
  const hint = `Look at it with docker buildx inspect ${found.name}; remove it with docker buildx rm ${found.name}, or give the one in the config another name`;
  if (driver !== undefined && driver !== found.driver)
    return new Fault('BUILDER_WRONG', `${what}: its driver is "${found.driver}", expected "${driver}"`, { hint });
  const place = endpoint ?? context;
  const places = found.nodes.map((node) => node.endpoint);
  if (place === undefined || places.length === 0 || places.includes(place)) return undefined;
  return new Fault('BUILDER_WRONG', `${what}: it is on "${places.join('", "')}", expected "${place}"`, { hint });
}

async function orLost(
  { name, driver }: { readonly name: string; readonly driver: BuilderDriver },
  probe: () => Promise<ProbedBuilder>,
): Promise<ProbedBuilder> {
  try {
    return await probe();
  } catch (fault) {
    if (!isFault(fault) || fault.code === 'INTERRUPTED') throw fault;
    return { name, driver, state: 'unreachable', fault, slots: 1, options: {}, nodes: [] };
  }
}
