import { defineConfig } from 'vitest/config';

/** One project a kind of test, so that each can be run alone: `vitest run --project unit`. */
export default defineConfig({
  test: {
    projects: ['architecture', 'unit', 'contract', 'corpus', 'docs'].map((name) => ({
      test: {
        name,
        include: [`test/${name}/**/*.test.ts`],
        // No test changes what is shared, so that files of one worker may share what they import: half the time.
        isolate: false,
        pool: 'forks',
        testTimeout: 60_000,
        hookTimeout: 60_000,
      },
    })),
  },
});
