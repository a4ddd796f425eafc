import type { BuilderFacts, NodeFacts } from '../../src/plan/builder-facts.ts';
import type { Cell, Placement, RouteKind } from '../../src/plan/cell.ts';

/** A ready builder; with node names, one of several nodes. */
export function builderOf(
  name: string,
  changes: Partial<BuilderFacts> & { nodeNames?: readonly string[] } = {},
): BuilderFacts {
  const { nodeNames = ['n0'], ...rest } = changes;
  return {
    name,
    driver: 'remote',
    state: 'ready',
    slots: 1,
    options: {},
    nodes: nodeNames.map(nodeOf),
    ...rest,
  };
}

/** A placement by `builder` or `builder/node`. */
export function at(place: string, kind: RouteKind = 'native'): Placement {
  const [builder = '', node] = place.split('/');
  return { builder, ...(node === undefined ? {} : { node }), route: { kind, reason: 'for a test' } };
}

/** A cell that may be built at some places, the best first. */
export function cellOf(id: string, places: readonly Placement[], changes: Partial<Cell> = {}): Cell {
  const [planned = at('none'), ...alternatives] = places;
  return {
    id,
    image: 'app',
    variant: id,
    platform: 'linux/arm64',
    optional: false,
    ...planned,
    alternatives,
    limits: { retryCount: 3 },
    recipe: {
      context: '/project',
      dockerfile: '/project/Dockerfile',
      args: {},
      contexts: {},
      labels: {},
      annotations: {},
      compression: { type: 'gzip' },
      noCache: false,
      pull: false,
      secrets: [],
      ssh: [],
    },
    ...changes,
  };
}

function nodeOf(name: string): NodeFacts {
  return {
    name,
    endpoint: `tcp://${name}:1234`,
    state: 'ready',
    native: ['linux/arm64'],
    emulated: [],
    canPushByDigest: true,
  };
}
