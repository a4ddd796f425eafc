import { type Fault, isFault } from '../../../errors/fault.ts';
import type { Host } from '../../../host/host.ts';
import { formatPlatform, parsePlatform } from '../../../oci/platform.ts';
import type { BuilderDriver } from '../../../plan/builder-facts.ts';
import { askDaemon, type DaemonFacts } from './ask-daemon.ts';
import { standsOnDaemon } from './creation.ts';
import { explainDocker } from './docker-fault.ts';
import { explainSilence } from './knock.ts';
import { askOwnPlatform } from './own-platform.ts';
import type { InspectedNode } from './parse-inspection.ts';
import type { ProbedNode } from './probed-builder.ts';
import { splitPlatforms } from './split-platforms.ts';

export interface NodeQuestion {
  readonly builder: string;
  readonly driver: BuilderDriver;
  readonly host: Host;
}

/** Finds out what one node of a builder is; what is wrong with it is told in its fault. */
export async function probeNode(node: InspectedNode, question: NodeQuestion): Promise<ProbedNode> {
  const { builder, driver } = question;
  const what = `the builder "${builder}"`;
  try {
    if (standsOnDaemon(driver)) return await probeDaemonNode(node, question);
    if (node.error !== undefined)
      return lostNode(node, explainDocker(node.error, what) ?? (await explainSilence(node.endpoint, what)));
    if (driver === 'remote' && node.status !== 'running')
      return lostNode(node, await explainSilence(node.endpoint, what));
    const own = await askOwnPlatform(builder, node, question.host);
    // A builder of the other drivers is started when it is first used; until then only what was declared is known.
    return foundNode(node, { own: own ?? declaredOf(node)[0], canPushByDigest: true });
  } catch (error) {
    if (isFault(error) && error.code !== 'INTERRUPTED') return lostNode(node, error);
    throw error;
  }
}

/** A node of the docker or docker-container driver stands on a daemon that knows its own CPU. */
async function probeDaemonNode(node: InspectedNode, { builder, driver, host }: NodeQuestion): Promise<ProbedNode> {
  const daemon = await askDaemon(node.endpoint, `the builder "${builder}"`, host);
  return foundNode(node, { own: daemon.info.platform, canPushByDigest: driver !== 'docker', daemon, driver });
}

interface Found {
  readonly own: string | undefined;
  readonly canPushByDigest: boolean;
  readonly daemon?: DaemonFacts;
  readonly driver?: BuilderDriver;
}

/** A node that can be used. */
export function foundNode(node: InspectedNode, { own, canPushByDigest, daemon, driver }: Found): ProbedNode {
  const listed = node.platforms.map(({ platform }) => platform);
  const declared = declaredOf(node);
  const platforms =
    own === undefined ? { native: [], emulated: [] } : splitPlatforms(own, listed, daemon?.emulatedArchitectures);
  return {
    name: node.name,
    endpoint: node.endpoint,
    state: 'ready',
    ...(node.version === undefined ? {} : { version: node.version }),
    ...platforms,
    ...(declared.length === 0 ? {} : { declared }),
    canPushByDigest,
    ...(driver === 'docker' && daemon !== undefined ? { canExportCache: daemon.info.hasContainerdStore } : {}),
    ...(daemon?.freeBytes === undefined ? {} : { freeBytes: daemon.freeBytes }),
    ...(daemon === undefined ? {} : { clockSkewMs: daemon.clockSkewMs }),
  };
}

function declaredOf({ platforms }: InspectedNode): readonly string[] {
  return platforms
    .filter(({ isDeclared }) => isDeclared)
    .map(({ platform }) => formatPlatform(parsePlatform(platform)));
}

function lostNode(node: InspectedNode, fault: Fault): ProbedNode {
  return {
    name: node.name,
    endpoint: node.endpoint,
    state: 'unreachable',
    fault,
    native: [],
    emulated: [],
    canPushByDigest: false,
  };
}
