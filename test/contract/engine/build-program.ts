import { createEmbeddedEngine } from '../../../src/engine/embedded/engine.ts';
import { createHost } from '../../../src/host/create-host.ts';
import type { Cell } from '../../../src/plan/cell.ts';

/** Builds a folder in a process of its own: CONTEXT CACHE PLATFORM... It prints "started", then one line a cell. */
const [context = '', cacheDirectory = '', ...platforms] = process.argv.slice(2);
const cells = platforms.map(
  (platform): Cell => ({
    id: platform,
    image: 'app',
    variant: '',
    platform,
    optional: false,
    builder: '',
    route: { kind: 'assembled', reason: 'test' },
    limits: { retryCount: 0 },
    recipe: {
      context,
      dockerfile: `${context}/Dockerfile`,
      args: {},
      contexts: {},
      labels: {},
      annotations: {},
      compression: { type: 'gzip', level: 1 },
      noCache: false,
      pull: false,
      secrets: [],
      ssh: [],
    },
  }),
);
const host = createHost({
  emit: (event) => {
    if (event.kind === 'task-progressed') process.stdout.write('working\n');
  },
});
process.stdout.write('started\n');
await createEmbeddedEngine().build(cells, {
  host,
  cacheDirectory,
  builders: [],
  runFolder: cacheDirectory,
  openImage: () => Promise.resolve(undefined),
  onResult: (result) => {
    const text = result.kind === 'built' ? result.part.manifest.digest : `${result.fault.code} ${result.fault.message}`;
    process.stdout.write(`${result.kind} ${text}\n`);
  },
});
process.stdout.write(`peak ${Math.round(process.resourceUsage().maxRSS / 1024)} MB\n`);
