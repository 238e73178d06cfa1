import { defineConfig } from 'vitest/config';

const results = process.env['POSTERN_RESULTS'] ?? 'build/test-results.json';

/** Files that flood, or whose claims are of real time or processor time, which a neighbour would spoil. */
const ALONE = [
  'convert',
  'endurance',
  'floods',
  'grants',
  'heal',
  'knockd-diff',
  'nflog',
  'offload',
  'overrun',
  'ring-counters',
  'ring-link',
  'ring-traffic',
  'scans',
  'settings',
  'take-over',
  'time',
  'workers',
].map((name) => `test/netns/${name}.test.ts`);

/** A shared machine may stop for seconds. What needs its second try is named at the end (.ci/count.mjs). */
const retry = process.env['CI'] ? 1 : 0;

export default defineConfig({
  test: {
    globalSetup: ['test/support/build-once.ts'],
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // What a daemon says comes by a pipe of its own, perhaps after what it was waited for by.
    expect: { poll: { timeout: 5000, interval: 20 } },
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
        // Two at a time on two cores: each has namespaces and folders of its own, and mostly waits.
        extends: true,
        test: {
          name: 'kernel',
          include: ['test/netns/**/*.test.ts'],
          exclude: ALONE,
          maxWorkers: 2,
          retry,
          sequence: { groupOrder: 1 },
        },
      },
      {
        // One file after another, when all else is done.
        extends: true,
        test: {
          name: 'kernel-alone',
          include: ALONE,
          maxWorkers: 1,
          retry,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
