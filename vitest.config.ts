import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

/** GitHub's parser names source maps that it does not ship: without them there is nothing to warn of. */
const withoutMaps = {
  name: 'without-maps',
  enforce: 'pre',
  load: (id: string) =>
    /\/@actions\/.+\.js$/.test(id) ? readFileSync(id, 'utf8').replace(/^\/\/# sourceMappingURL=.*$/m, '') : undefined,
} as const;

/** One project a kind of test, so that each can be run alone: `vitest run --project unit`. */
export default defineConfig({
  test: {
    projects: ['architecture', 'unit', 'contract', 'corpus', 'docs'].map((name) => ({
      plugins: [withoutMaps],
      test: {
        name,
        include: [`test/${name}/**/*.test.ts`],
        // No test changes what is shared, so that files of one worker may share what they import: half the time.
        isolate: false,
        // GitHub's parser imports JSON in a way that Node 20 does not know.
        server: { deps: { inline: [/@actions\/(?:workflow-parser|expressions)/] } },
        pool: 'forks',
        testTimeout: 60_000,
        hookTimeout: 60_000,
      },
    })),
  },
});
