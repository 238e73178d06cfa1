import { defineConfig } from 'vitest/config';

const results = process.env['POSTERN_RESULTS'] ?? 'build/test-results.json';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/build-once.ts'],
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: process.env['CI'] ? ['default', ['json', { outputFile: results }]] : ['default'],
  },
});
