import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['./test/global-temporal.ts', './test/global-postgres.ts'],
    testTimeout: 30_000,
    hookTimeout: 120_000,
    pool: 'forks',
    // Most tests wait for servers: two at once even on two cores.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    reporters: ['default', './test/reporter.ts'],
  },
});
