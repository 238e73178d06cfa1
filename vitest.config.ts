import { defineConfig } from 'vitest/config';

const results = process.env['POSTERN_RESULTS'] ?? 'build/test-results.json';

export default defineConfig({
  test: {
    globalSetup: ['test/support/build-once.ts'],
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: process.env['CI'] ? ['default', ['json', { outputFile: results }]] : ['default'],
    projects: [
      {
        extends: true,
        test: {
          name: 'rules',
          include: ['test/**/*.test.ts'],
          exclude: ['test/netns/**'],
          sequence: { groupOrder: 0 },
        },
      },
      {
        // One file after another, when all else is done: these send floods and keep real time.
        extends: true,
        test: {
          name: 'kernel',
          include: ['test/netns/**/*.test.ts'],
          maxWorkers: 1,
          // A shared machine may stop for seconds. What needs its second try is named at the end (.ci/count.mjs).
          retry: process.env['CI'] ? 1 : 0,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
