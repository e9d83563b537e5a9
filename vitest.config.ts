/** How the tests run: whole syncs with real servers and real clients take seconds; nothing asserts how many. */

import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['./test/support/global-postgres.ts', './test/support/global-seed.ts'],
    // Most of a test is waiting for programs that it has started: one file less than there are processors leaves them idle.
    maxWorkers: availableParallelism(),
    testTimeout: 120_000,
    hookTimeout: 120_000,
    allowOnly: process.env['CI'] === undefined,
  },
});
