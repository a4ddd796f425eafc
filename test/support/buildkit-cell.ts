import type { BuilderFacts } from '../../src/plan/builder-facts.ts';
import type { Cell, Recipe } from '../../src/plan/cell.ts';

/** A recipe that asks for nothing special. */
export function recipeWith(changes: Partial<Recipe> = {}): Recipe {
  return {
    context: '/src',
    dockerfile: '/src/Dockerfile',
    args: {},
    contexts: {},
    labels: {},
    annotations: {},
    compression: { type: 'gzip' },
    noCache: false,
    pull: false,
    secrets: [],
    ssh: [],
    ...changes,
  };
}

/** A cell `app/linux/amd64` for the builder `farm`. */
export function cellWith(changes: Partial<Cell> = {}): Cell {
  const platform = changes.platform ?? 'linux/amd64';
  return {
    id: `app/${platform}`,
    image: 'app',
    variant: '',
    platform,
    optional: false,
    builder: 'farm',
    route: { kind: 'native', reason: 'for a test' },
    limits: { retryCount: 3 },
    recipe: recipeWith(),
    ...changes,
  };
}

/** The builder `farm` with one node that can push by digest. */
export function builderWith(changes: Partial<BuilderFacts> = {}): BuilderFacts {
  const name = changes.name ?? 'farm';
  return {
    name,
    driver: 'remote',
    state: 'ready',
    slots: 1,
    options: {},
    nodes: [
      {
        name: `${name}0`,
        endpoint: 'tcp://builder:1234',
        state: 'ready',
        native: ['linux/amd64'],
        emulated: [],
        canPushByDigest: changes.driver !== 'docker',
      },
    ],
    ...changes,
  };
}
