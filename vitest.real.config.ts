import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

/** GitHub's parser names source maps that it does not ship: without them there is nothing to warn of. */
const withoutMaps = {
  name: 'without-maps',
  enforce: 'pre',
  load: (id: string) =>
    /\/@actions\/.+\.js$/.test(id) ? readFileSync(id, 'utf8').replace(/^\/\/# sourceMappingURL=.*$/m, '') : undefined,
} as const;

/** Tests against a real Docker Engine, real registries and real peers; `npm run test:real` sets them up. */
export default defineConfig({
  plugins: [withoutMaps],
  test: {
    name: 'real',
    include: ['test/real/**/*.test.ts'],
    globalSetup: ['test/real/support/global-setup.ts'],
    fileParallelism: false,
    server: { deps: { inline: [/@actions\/(?:workflow-parser|expressions)/] } },
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
