import { Fault } from '../../../errors/fault.ts';
import type { Host } from '../../../host/host.ts';
import { formatPlatform, parsePlatform } from '../../../oci/platform.ts';
import { askDocker } from './ask-docker.ts';
import type { InspectedNode } from './parse-inspection.ts';

/** Needs no network, runs nothing, and prints what BuildKit itself takes for the platform that builds. */
const question = 'FROM scratch\nARG BUILDPLATFORM\nCOPY <<EOF /platform\nplatform=$BUILDPLATFORM;\nEOF\n';

/**
 * The platform of a node's CPU, from what buildx lists. BuildKit names its own first, so a plain list tells it. Platforms
 * that a node was declared with are put before it and hide it: there a build of one file, which takes less than a second,
 * asks BuildKit for BUILDPLATFORM. `undefined` where the node lists nothing.
 *
 * @throws {Fault} DOCKER_ANSWER_UNREADABLE, and what `askDocker` throws
 */
export async function askOwnPlatform(builder: string, node: InspectedNode, host: Host): Promise<string | undefined> {
  const [first] = node.platforms;
  if (first === undefined) return undefined;
  if (!first.isDeclared) return formatPlatform(parsePlatform(first.platform));
  if (node.status !== 'running') return undefined;
  const output = await askDocker(
    // Declared platforms are what buildx chooses the node by.
    ['buildx', 'build', '--builder', builder, '--platform', first.platform, '--provenance=false'].concat([
      '--progress=quiet',
      '--output',
      'type=tar,dest=-',
      '-',
    ]),
    { host, what: `the node "${node.name}" of the builder "${builder}"`, input: question },
  );
  const [, platform] = /platform=([a-z0-9/.()]+);/.exec(output) ?? [];
  if (platform === undefined)
    throw new Fault(
      'DOCKER_ANSWER_UNREADABLE',
      `Cannot tell the CPU of the node "${node.name}": its build gave no answer`,
    );
  return formatPlatform(parsePlatform(platform));
}
