import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Tests of these rooms need no server: for them none is looked for and none is started. */
const withoutServers = ['domain', 'connectors', 'architecture'].map((room) => `test/${room}/**/*.test.ts`);

/**
 * Ends a test that hangs, ms. What costs processor time is bounded by how often it runs, so that no test fails because a machine is
 * slow; what waits for something has a limit of its own.
 */
const testTimeout = 300_000;
const shared = { pool: 'forks', testTimeout, hookTimeout: 120_000 } as const;

export default defineConfig({
  test: {
    // Most tests wait for servers: two at once even on two cores.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    reporters: ['default', './test/reporter.ts'],
    projects: [
      { test: { ...shared, name: 'fast', include: withoutServers } },
      {
        test: {
          ...shared,
          name: 'servers',
          include: ['test/**/*.test.ts'],
          exclude: withoutServers,
          globalSetup: ['./test/global-temporal.ts', './test/global-postgres.ts'],
        },
      },
    ],
  },
});
