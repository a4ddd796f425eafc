import type { BuilderConfig, Config } from '../../config/config.ts';
import { makeBuilder } from '../../engine/buildkit/builders/ensure-builder.ts';
import { listBuilders } from '../../engine/buildkit/builders/list-builders.ts';
import { probeBuilder, probeConfigured } from '../../engine/buildkit/builders/probe-builder.ts';
import type { ProbedBuilder, ProbedNode } from '../../engine/buildkit/builders/probed-builder.ts';
import { Fault, isFault } from '../../errors/fault.ts';
import { nearest } from '../../errors/nearest.ts';
import type { Host } from '../../host/host.ts';
import type { BuilderFacts, NodeFacts } from '../../plan/builder-facts.ts';
import { problemOf } from '../../plan/problem-of.ts';

export interface GatherBuildersOptions {
  readonly host: Host;
  /** Only this one: of the config, or else one that buildx knows. */
  readonly only?: string | undefined;
  /** Whether one behind an address that is missing is made now: what it is can only be asked of itself. */
  readonly makes: boolean;
}

/**
 * Probes the builders that a run may use, all at once: those of the config; where it has none, the current one of
 * buildx, and beside it the one of the Docker Engine where the current one cannot be used.
 *
 * @throws {Fault} BUILDER_UNKNOWN, INTERRUPTED
 */
export async function gatherBuilders(
  { builders }: Pick<Config, 'builders'>,
  { host, only, makes }: GatherBuildersOptions,
): Promise<readonly BuilderFacts[]> {
  const wanted = only === undefined ? builders : builders.filter(({ name }) => name === only);
  const probed = await (wanted.length > 0 ? probeAll(wanted, { host, makes }) : probeFound(only, builders, host));
  return probed.map((builder) => factsOf(builder, host));
}

function probeAll(
  builders: readonly BuilderConfig[],
  { host, makes }: Pick<GatherBuildersOptions, 'host' | 'makes'>,
): Promise<readonly ProbedBuilder[]> {
  return Promise.all(
    builders.map(async (builder) => {
      const probed = await probeConfigured(builder, host);
      const isMade = makes && probed.state === 'missing' && probed.driver === 'remote';
      return isMade ? makeAndProbe(builder, probed, host) : probed;
    }),
  );
}

async function makeAndProbe(config: BuilderConfig, missing: ProbedBuilder, host: Host): Promise<ProbedBuilder> {
  try {
    await makeBuilder(factsOf(missing, host), host);
  } catch (fault) {
    if (!isFault(fault) || fault.code === 'INTERRUPTED') throw fault;
    return { ...missing, state: 'unreachable', fault };
  }
  return probeConfigured(config, host);
}

async function probeFound(
  name: string | undefined,
  builders: readonly BuilderConfig[],
  host: Host,
): Promise<readonly ProbedBuilder[]> {
  const current = await probeBuilder(name ?? '', host);
  if (name !== undefined && current.fault?.code === 'BUILDER_UNKNOWN') throw await unknown(name, builders, host);
  if (current.state === 'ready' || name !== undefined || current.driver === 'docker') return [current];
  return [current, await probeBuilder('default', host)];
}

async function unknown(name: string, builders: readonly BuilderConfig[], host: Host): Promise<Fault> {
  const listed = (await listBuilders(host)).map((builder) => builder.name);
  const known = [...new Set([...builders.map((builder) => builder.name), ...listed])];
  const near = nearest(name, known);
  const suggestion = near === undefined ? '' : `, did you mean "${near}"?`;
  return new Fault('BUILDER_UNKNOWN', `Cannot build on "${name}": there is no such builder${suggestion}`, {
    hint: `Known are ${known.join(', ')}; "builders" in polyarch.yaml describes others`,
  });
}

/** What was found, as plain JSON. */
export function factsOf({ fault, nodes, ...builder }: ProbedBuilder, host: Host): BuilderFacts {
  return {
    ...builder,
    ...(fault === undefined ? {} : { problem: problemOf(fault, host) }),
    nodes: nodes.map((node) => nodeFactsOf(node, host)),
  };
}

function nodeFactsOf({ fault, ...node }: ProbedNode, host: Host): NodeFacts {
  return { ...node, ...(fault === undefined ? {} : { problem: problemOf(fault, host) }) };
}
