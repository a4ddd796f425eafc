import type { Host } from '../../../host/host.ts';
import { probeBuilder } from '../builders/probe-builder.ts';
import type { PlaceName } from './place.ts';

/** Whether a place that was lost can be reached; one that cannot be asked counts as lost. @throws {Fault} INTERRUPTED */
export async function answersAgain({ builder, node }: PlaceName, host: Host): Promise<boolean> {
  const { state, nodes } = await probeBuilder(builder, host);
  if (node === undefined) return state === 'ready';
  return nodes.some((found) => found.name === node && found.state === 'ready');
}
