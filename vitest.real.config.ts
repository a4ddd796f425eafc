import { defineConfig } from 'vitest/config';

/** Tests against a real Docker Engine, real registries and real peers; `npm run test:real` sets them up. */
export default defineConfig({
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
